import { request } from 'undici';
import { z } from 'zod';
import { serviceUnavailable } from './errors.js';
import type { IsRevoked } from './revocation.js';
import { ROUTER_CREDENTIAL_HEADER } from './router-credential.js';

/** Less than a gateway waits for the whole answer, and enough for a busy Auth subgraph: a late answer is a refusal. */
const DEADLINE_MS = 2_000;

const QUERY = 'query Introspect($token: String!) { validateToken(token: $token) { active } }';

const answer = z.object({ data: z.object({ validateToken: z.object({ active: z.boolean() }) }) });

/** Where and how to ask the Auth subgraph. */
export interface IntrospectionOptions {
  /** The GraphQL endpoint of the Auth subgraph. */
  readonly url: string;
  readonly routerSecret: string;
}

/**
 * Asks the Auth subgraph itself whether a token still holds (the sense of RFC 7662): slower than Redis, and always right.
 *
 * @returns A checker that rejects with SERVICE_UNAVAILABLE when the Auth subgraph does not answer.
 */
export function createIntrospectingRevocations({ url, routerSecret }: IntrospectionOptions): IsRevoked {
  return async (_sessionId, token) => {
    try {
      const response = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [ROUTER_CREDENTIAL_HEADER]: routerSecret },
        body: JSON.stringify({ query: QUERY, variables: { token } }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      return !answer.parse(await response.body.json()).data.validateToken.active;
    } catch (error) {
      throw serviceUnavailable('auth', error);
    }
  };
}
