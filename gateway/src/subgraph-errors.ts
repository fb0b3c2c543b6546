import type { ErrorCode } from '@identity/service-kit/errors';
import { parse } from 'graphql';
import { findLiterals } from './policy/literals.js';
import { isRecord, type SubgraphError } from './subgraph-answer.js';

/** A failure as a client may see it, before it has a place. */
export interface ClientFailure {
  readonly message: string;
  /** The code of the contract and its details; without a code it is masked. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The operation that a subgraph was sent. */
export interface SentOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Codes by which a subgraph may speak to a client. Whatever else it says is a fault between it and the gateway. */
const FORWARDED_CODES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'BAD_USER_INPUT',
  'SERVICE_UNAVAILABLE',
]);

/**
 * Decides what a client may see of an error that a subgraph has reported.
 *
 * The gateway has validated the operation before, except for values of scalars that only the subgraph knows: an error
 * about such a value is the client's, and graphql-js quotes the value in it, so that it is told anew.
 */
export function clientFailureOf(error: SubgraphError, subgraph: string, sent: SentOperation): ClientFailure {
  const { code } = error.extensions;
  if (code === 'GRAPHQL_VALIDATION_FAILED')
    return refusedLiteral(error, sent.query) ?? internal(subgraph, code, error.message);
  if (!FORWARDED_CODES.has(code)) return internal(subgraph, code);
  if (code === 'BAD_USER_INPUT' && error.path === null) return refusedVariable(error, sent.variables);
  const service = code === 'SERVICE_UNAVAILABLE' ? { service: subgraph } : {};
  return { message: error.message, extensions: { ...service, ...detailsOf(error), code } };
}

/** The message ends up in the log only. */
function internal(subgraph: string, code: unknown, detail?: string): ClientFailure {
  const reason = `the subgraph "${subgraph}" has answered with the code ${typeof code === 'string' ? code : '(none)'}`;
  return { message: detail === undefined ? reason : `${reason}: ${detail}`, extensions: {} };
}

function detailsOf({ extensions }: SubgraphError): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(extensions).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}

/** Rules of validation point to what they refuse; only a scalar's own refusal may come without a place. */
function refusedLiteral({ location }: SubgraphError, query: string): ClientFailure | null {
  if (location === null) return badUserInput(null);
  const places = findLiterals(
    parse(query),
    ({ loc }) => loc?.startToken.line === location.line && loc.startToken.column === location.column,
    null,
  );
  const [place] = places.values();
  return place === undefined ? null : badUserInput(place.field);
}

function refusedVariable(error: SubgraphError, variables: Readonly<Record<string, unknown>>): ClientFailure {
  // A field named by the subgraph itself shows that the message is its own and not one of graphql-js.
  if (typeof error.extensions['field'] === 'string')
    return { message: error.message, extensions: { ...detailsOf(error), code: 'BAD_USER_INPUT' } };
  const variable = /^Variable "\$(\w+)"/.exec(error.message)?.[1];
  if (variable === undefined || !(variable in variables)) return badUserInput(null);
  return badUserInput(deepestPlace(error.message, variable, variables) ?? variable);
}

/** Quoted text has its quotation marks escaped, so that the place that graphql-js names cannot be forged by a value. */
function deepestPlace(message: string, variable: string, variables: Readonly<Record<string, unknown>>): string | null {
  const place = / at "(\w+(?:\.\w+|\[\d+\])*)"; /.exec(message)?.[1] ?? null;
  if (place === null) return null;
  const [root, ...rest] = place.split(/[.[\]]+/).filter((segment) => segment !== '');
  const exists =
    root === variable &&
    rest.reduce<unknown>(
      (value, key) => (isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
      variables[variable],
    ) !== undefined;
  return exists ? place : null;
}

function badUserInput(field: string | null): ClientFailure {
  if (field === null)
    return { message: 'A value of the operation is not accepted.', extensions: { code: 'BAD_USER_INPUT' } };
  return { message: `${field}: the value is not accepted`, extensions: { code: 'BAD_USER_INPUT', field } };
}
