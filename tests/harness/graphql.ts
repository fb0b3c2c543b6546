import type { Fetch } from '@identity/client/transport';

/** A GraphQL answer as it came over the wire, for tests of what the typed client cannot express. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: unknown;
  readonly errors: readonly RawError[];
}

/** One GraphQL error. */
export interface RawError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** What to send. */
export interface RawRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends an operation to the GraphQL endpoint of a service, by the platform's `fetch` unless told otherwise. */
export async function sendGraphql(
  baseUrl: string,
  { query, variables = {}, headers = {} }: RawRequest,
  send: Fetch = fetch,
): Promise<RawAnswer> {
  const response = await send(`${baseUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the test asserts on what it reads, so the shape is checked there
  const { data = null, errors = [] } = JSON.parse(text) as { data?: unknown; errors?: readonly RawError[] };
  return { status: response.status, headers: response.headers, text, data, errors };
}

/** An error, as far as a summary tells of it. */
interface Summarizable {
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** What tests assert of errors: `path CODE`, with the reason and the field where there are such, and never the prose. */
export function summaryOf(errors: readonly Summarizable[] = []): readonly string[] {
  return errors.map(({ path = [], extensions: { code, reason, field } }) =>
    [path.join('.'), code, reason, field].filter((part) => part !== undefined && part !== '').join(' '),
  );
}

/** The header that makes a request somebody's. */
export function bearer(accessToken: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${accessToken}` };
}
