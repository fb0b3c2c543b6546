import Negotiator from 'negotiator';

/** What is answered to whoever does not say what they take. */
export const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';

/** How clients usually say what they accept, and what Apollo Server then answers with. */
const USUAL: ReadonlyMap<string, string> = new Map([
  ['*/*', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['application/json, text/plain, */*', JSON_TYPE],
  ['application/json, */*', JSON_TYPE],
  ['application/graphql-response+json', GRAPHQL_RESPONSE_TYPE],
  ['application/graphql-response+json, application/json', GRAPHQL_RESPONSE_TYPE],
  ['application/graphql-response+json,application/json;q=0.9', GRAPHQL_RESPONSE_TYPE],
  ['application/graphql-response+json, application/json;q=0.9', GRAPHQL_RESPONSE_TYPE],
  ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', GRAPHQL_RESPONSE_TYPE],
]);

/** What Apollo Server offers, in its order. */
const OFFERED: readonly string[] = [
  JSON_TYPE,
  GRAPHQL_RESPONSE_TYPE,
  'application/json; callbackSpec=1.0; charset=utf-8',
];

/** The media type of a successful answer; null where it has to be negotiated. */
export function answerTypeFor(accept: string | undefined): string | null {
  return accept === undefined ? JSON_TYPE : (USUAL.get(accept) ?? null);
}

/** The media type of any answer, as Apollo Server chooses it; null when the client takes no JSON. */
export function negotiateAnswerType(accept: string | undefined): string | null {
  const usual = answerTypeFor(accept === '' ? undefined : accept);
  if (usual !== null || accept === undefined) return usual;
  return new Negotiator({ headers: { accept } }).mediaType(OFFERED) ?? null;
}
