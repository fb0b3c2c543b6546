import { request } from 'undici';
import { z } from 'zod';
import { createBatches } from './batches.js';
import { withDeadline } from './deadline.js';
import { serviceUnavailable } from './errors.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import type { IsRevoked } from './revocation.js';
import { ROUTER_CREDENTIAL_HEADER } from './router-credential.js';

/** A client is to be told within two seconds, and a busy Auth subgraph needs time: a late answer is a refusal. */
const DEADLINE_MS = 1_500;
/** After this long without an answer the Auth subgraph is asked for a sign of life, which it can give at once. */
const PATIENCE_MS = 80;
/**
 * After so many patiences without any sign of life it is not slow but gone. They are counted one by one, so that a pause
 * of this process, in which it could not have heard anything, counts as one.
 */
const SILENT_PATIENCES = 4;

/** Tokens are 8 KiB at most, and a subgraph reads 1 MiB. */
const LIMITS = { maxUnderWay: 8, maxKeys: 50 };

const answer = z.object({ data: z.record(z.string(), z.object({ active: z.boolean() })) });

/** Where and how to ask the Auth subgraph. */
export interface IntrospectionOptions {
  /** The base URL of the Auth subgraph. */
  readonly authUrl: string;
  readonly routerSecret: string;
}

/**
 * Asks the Auth subgraph itself whether a token still holds (the sense of RFC 7662): slower than Redis, and always right.
 *
 * @returns A checker that rejects with SERVICE_UNAVAILABLE when the Auth subgraph does not answer: after 1.5 s if it
 * shows that it lives, after 0.32 s otherwise.
 */
export function createIntrospectingRevocations({ authUrl, routerSecret }: IntrospectionOptions): IsRevoked {
  const graphqlUrl = new URL('/graphql', authUrl).href;
  const livenessUrl = new URL('/health/live', authUrl).href;
  /** By their tokens, the requests that wait for a question to be sent. */
  const askers = new Map<string, string>();
  let heardAt = Number.NEGATIVE_INFINITY;

  /** The request that a question is asked for, or one of them. */
  function takeAsker(tokens: readonly string[]): string | undefined {
    const ids = tokens.map((token) => askers.get(token));
    for (const token of tokens) askers.delete(token);
    return ids.find((id) => id !== undefined);
  }

  async function introspect(tokens: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, boolean>> {
    const asker = takeAsker(tokens);
    const { body } = await request(graphqlUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [ROUTER_CREDENTIAL_HEADER]: routerSecret,
        ...(asker === undefined ? {} : { [REQUEST_ID_HEADER]: asker }),
      },
      body: JSON.stringify(introspectionOf(tokens)),
      signal,
    });
    heardAt = performance.now();
    const { data } = answer.parse(await body.json());
    return new Map(
      tokens.flatMap((token, index) => {
        const info = data[`t${index}`];
        return info === undefined ? [] : [[token, !info.active] as const];
      }),
    );
  }

  async function listenForLife(signal: AbortSignal): Promise<void> {
    const { body } = await request(livenessUrl, { signal });
    heardAt = performance.now();
    await body.dump();
  }

  /** Gives up on an Auth subgraph from which nothing is heard, also by others who ask at the same time. */
  function watch(giveUp: AbortController): () => void {
    const startedAt = performance.now();
    let silence = 0;
    const doubt = setInterval(() => {
      silence += 1;
      // Its failure is silence, too.
      if (silence === 1) listenForLife(giveUp.signal).catch(() => undefined);
      if (silence < SILENT_PATIENCES) return;
      clearInterval(doubt);
      if (heardAt < startedAt) giveUp.abort();
    }, PATIENCE_MS);
    return () => {
      clearInterval(doubt);
      giveUp.abort();
    };
  }

  const inactive = createBatches(async (tokens) => {
    const giveUp = new AbortController();
    const end = watch(giveUp);
    try {
      return await withDeadline(introspect(tokens, giveUp.signal), DEADLINE_MS);
    } catch (error) {
      throw serviceUnavailable('auth', error);
    } finally {
      end();
    }
  }, LIMITS);
  return (_sessionId, token, requestId) => {
    if (requestId !== undefined) askers.set(token, requestId);
    return inactive.one(token);
  };
}

/** One operation for any number of tokens: a field with an alias for each, `t0`, `t1` and so on. */
function introspectionOf(tokens: readonly string[]): { readonly query: string; readonly variables: object } {
  const names = tokens.map((_token, index) => `t${index}`);
  const declared = names.map((name) => `$${name}: String!`).join(' ');
  const fields = names.map((name) => `${name}: validateToken(token: $${name}) { active }`).join(' ');
  return {
    query: `query Introspect(${declared}) { ${fields} }`,
    variables: Object.fromEntries(tokens.map((token, index) => [`t${index}`, token])),
  };
}
