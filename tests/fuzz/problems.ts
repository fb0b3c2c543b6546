import { isRecord } from '@identity/service-kit/json';
import type { CallerAnswer } from './callers.js';

/** What the contract has, without what no operation may bring about while nothing is broken. */
const CODES: ReadonlySet<unknown> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_TOO_COMPLEX',
  'PERSISTED_QUERY_NOT_FOUND',
]);

/** What an error must not tell: statements, places in the code, files, addresses and products behind the API. */
const INTERNALS = [
  /\b(?:select|insert into|update|delete from)\b.+\b(?:from|values|set|where)\b/i,
  /\b(?:sequelize|sqlite|mysql|mariadb|redis|umzug|undici|apollo|express|bcrypt)\b/i,
  /\b(?:ER|ERR|SQLITE)_[A-Z]/,
  /\bE(?:CONN|PIPE|NOENT|HOST|TIMEDOUT)/,
  /\bat .+:\d+|node_modules|\.[cm]?[jt]s\b/,
  /(?:^|[\s"'(])\/(?:app|home|root|tmp|usr|var|work)\//,
  /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|localhost/,
  /_entities|_service|representations|__resolve/,
];

const PASSWORD_HASH = /\$2[aby]\$\d\d\$/;

/**
 * What is wrong with an answer: empty when it is in the form of the contract and holds nothing that this caller must not
 * see.
 *
 * @param forbidden - What belongs to others.
 * @param secrets - What belongs to the services.
 */
export function problemsOf(
  answer: CallerAnswer,
  forbidden: readonly string[],
  secrets: readonly string[],
): readonly string[] {
  const everything = `${answer.headers}\n${answer.body}`;
  return [
    ...problemsOfForm(answer),
    ...forbidden.filter((value) => everything.includes(value)).map((value) => `holds ${value}`),
    ...(secrets.some((secret) => everything.includes(secret)) ? ['holds a secret of the services'] : []),
    ...(PASSWORD_HASH.test(everything) ? ['holds the hash of a password'] : []),
  ];
}

function problemsOfForm({ status, contentType, body }: CallerAnswer): readonly string[] {
  if (status >= 500) return [`has the status ${status}`];
  if (!/^application\/(?:graphql-response\+)?json\b/.test(contentType)) return [`is of the type ${contentType}`];
  const parsed = parseJson(body);
  if (!isRecord(parsed)) return ['is no JSON object'];
  const { data, errors } = parsed;
  if (errors === undefined) return isRecord(data) ? [] : ['has neither data nor errors'];
  if (!Array.isArray(errors) || errors.length === 0) return ['has errors that are none'];
  return errors.flatMap(problemsOfError);
}

function problemsOfError(error: unknown): readonly string[] {
  const { message, path, extensions, ...others } = isRecord(error) ? error : {};
  const { code, ...details } = isRecord(extensions) ? extensions : {};
  const told = JSON.stringify([message, details]);
  return [
    ...(typeof message === 'string' ? [] : ['has an error without a message']),
    ...(CODES.has(code) ? [] : [`has the code ${String(code)}`]),
    ...(path === undefined || Array.isArray(path) ? [] : ['has an error with a path that is none']),
    ...(Object.keys(others).every((key) => key === 'locations') ? [] : ['has an error with more than GraphQL allows']),
    ...INTERNALS.filter((pattern) => pattern.test(told)).map((pattern) => `tells internals: ${String(pattern)}`),
  ];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
