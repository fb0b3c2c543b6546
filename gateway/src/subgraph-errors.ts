import type { ErrorCode } from '@identity/service-kit/errors';
import { findLiterals, variablePlaces } from '@identity/service-kit/input-places';
import { isRecord } from '@identity/service-kit/json';
import { UNKNOWN_NAME, withoutForeignNames, type IsSchemaName } from '@identity/service-kit/schema-names';
import { parse } from 'graphql';
import type { SubgraphError } from './subgraph-answer.js';

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
  /** Tells the names of the schema from those that the client has made up. */
  readonly isKnown: IsSchemaName;
}

/** Codes by which a subgraph may speak to a client. Whatever else it says is a fault between it and the gateway. */
const FORWARDED_CODES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'BAD_USER_INPUT',
  'OPERATION_TOO_COMPLEX',
  'SERVICE_UNAVAILABLE',
]);

/** Whatever else a subgraph calls a code does not belong in the log. */
const CODE = /^[A-Z][A-Z_]{0,63}$/;

/**
 * Decides what a client may see of an error that a subgraph has reported.
 *
 * The gateway has validated the operation before, except for values of scalars that only the subgraph knows: an error
 * about such a value is the client's, and graphql-js quotes the value in it, so that it is told anew.
 */
export function clientFailureOf(error: SubgraphError, subgraph: string, sent: SentOperation): ClientFailure {
  const { code } = error.extensions;
  if (code === 'GRAPHQL_VALIDATION_FAILED')
    return refusedLiteral(error, sent) ?? internal(subgraph, code, withoutForeignNames(error.message, sent.isKnown));
  if (!FORWARDED_CODES.has(code)) return internal(subgraph, code);
  if (code === 'BAD_USER_INPUT' && error.path === null) return refusedVariable(error, sent);
  const service = code === 'SERVICE_UNAVAILABLE' ? { service: subgraph } : {};
  return { message: error.message, extensions: { ...service, ...detailsOf(error), code } };
}

/** The message ends up in the log only. */
function internal(subgraph: string, code: unknown, detail?: string): ClientFailure {
  const told = typeof code === 'string' && CODE.test(code) ? code : '(none)';
  const reason = `the subgraph "${subgraph}" has answered with the code ${told}`;
  return { message: detail === undefined ? reason : `${reason}: ${detail}`, extensions: {} };
}

function detailsOf({ extensions }: SubgraphError): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(extensions).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}

/** Rules of validation point to what they refuse; only a scalar's own refusal may come without a place. */
function refusedLiteral({ location }: SubgraphError, { query, isKnown }: SentOperation): ClientFailure | null {
  if (location === null) return badUserInput(null);
  const places = findLiterals(
    parse(query),
    ({ loc }) => loc?.startToken.line === location.line && loc.startToken.column === location.column,
    null,
    (name) => (isKnown(name) ? name : UNKNOWN_NAME),
  );
  const [place] = places.values();
  return place === undefined ? null : badUserInput(place.field);
}

function refusedVariable({ message, extensions }: SubgraphError, { query, variables }: SentOperation): ClientFailure {
  // A field named by the subgraph itself shows that the message is its own and not one of graphql-js.
  const { field } = extensions;
  if (typeof field === 'string') return badUserInput(field);
  const variable = /^Variable "\$(\w+)"/.exec(message)?.[1];
  const place = variable === undefined ? undefined : variablePlaces(parse(query)).get(variable);
  if (variable === undefined || place === undefined || !(variable in variables)) return badUserInput(null);
  return badUserInput(`${place}${wayWithin(message, variable, variables)}`);
}

/** Quoted text has its quotation marks escaped, so that the way that graphql-js tells cannot be forged by a value. */
function wayWithin(message: string, variable: string, variables: Readonly<Record<string, unknown>>): string {
  const [, root, way = ''] = / at "(\w+)((?:\.\w+|\[\d+\])*)"; /.exec(message) ?? [];
  const keys = way.split(/[.[\]]+/).filter((key) => key !== '');
  const exists =
    root === variable &&
    keys.reduce<unknown>(
      (value, key) => (isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
      variables[variable],
    ) !== undefined;
  return exists ? way : '';
}

function badUserInput(field: string | null): ClientFailure {
  if (field === null)
    return { message: 'A value of the operation is not accepted.', extensions: { code: 'BAD_USER_INPUT' } };
  return { message: `${field}: the value is not accepted`, extensions: { code: 'BAD_USER_INPUT', field } };
}
