import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print, type DocumentNode } from 'graphql';
import { ClientError } from './client-error.js';
import { parseGraphqlResult, type GraphqlResult } from './graphql-result.js';

/** The part of `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How refresh tokens travel: in the bodies of requests and answers, or in a cookie of the browser. */
export type SessionTransport = 'body' | 'cookie';

/** Where operations go, and what goes with them. */
export interface Endpoint {
  readonly url: string;
  readonly accessToken: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly sessionTransport: SessionTransport;
  readonly fetch: Fetch;
}

const EXCERPT_LENGTH = 500;

const printed = new WeakMap<DocumentNode, string>();

/**
 * Sends one operation, once: whether a repetition is safe is for the caller to know.
 *
 * @throws ClientError when no GraphQL answer comes back, whatever the HTTP status says otherwise.
 */
export async function send<TData, TVariables>(
  endpoint: Endpoint,
  document: TypedDocumentNode<TData, TVariables>,
  variables: TVariables | undefined,
): Promise<GraphqlResult<TData>> {
  const { url, sessionTransport, fetch } = endpoint;
  const response = await attempt(`cannot reach ${url}`, null, () =>
    fetch(url, {
      method: 'POST',
      headers: headersOf(endpoint),
      body: JSON.stringify({ query: textOf(document), variables }),
      // A redirect must not carry passwords and tokens to wherever it points.
      redirect: 'manual',
      // Otherwise the browser would keep cookies of another origin than the page's neither coming nor going.
      ...(sessionTransport === 'cookie' ? { credentials: 'include' } : {}),
    }),
  );
  const { status } = response;
  const body = await attempt(`the response of ${url} broke off`, status, () => response.text());
  const result = parseGraphqlResult<TData>(body);
  if (result === undefined) {
    const bodyExcerpt = body.slice(0, EXCERPT_LENGTH);
    throw new ClientError(`${url} answered ${String(status)} without a GraphQL result`, { status, bodyExcerpt });
  }
  return result;
}

function headersOf({ accessToken, headers, sessionTransport }: Endpoint): Headers {
  const result = new Headers(headers);
  result.set('content-type', 'application/json');
  result.set('accept', 'application/graphql-response+json, application/json;q=0.9');
  if (accessToken !== undefined) {
    result.set('authorization', `Bearer ${accessToken}`);
  }
  if (sessionTransport === 'cookie') {
    result.set('x-session-transport', 'cookie');
  }
  return result;
}

async function attempt<T>(failure: string, status: number | null, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new ClientError(failure, { status, bodyExcerpt: '', cause });
  }
}

function textOf(document: DocumentNode): string {
  const known = printed.get(document);
  if (known !== undefined) {
    return known;
  }
  const text = print(document);
  printed.set(document, text);
  return text;
}
