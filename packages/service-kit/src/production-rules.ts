import { isIPv4 } from 'node:net';
import { isLongEnough, type FurtherProblems } from './environment.js';
import { isGuessable } from './guessable-secret.js';
import { parseRedisUrl, type RedisPlace } from './redis-url.js';

/** Which of a service's variables production is particular about. */
export interface SensitiveVariables {
  /** Hold a secret, or two separated by a comma while one is rolled out. */
  readonly secrets?: readonly string[];
  /** Holds the URL of a SQL database. */
  readonly database?: string;
  /** Holds the URL of Redis. */
  readonly redis?: string;
  /** Holds the address that the keys to verify tokens with are fetched from. */
  readonly keySource?: string;
  /** How the names of the variables begin that hold addresses of subgraphs. */
  readonly subgraphPrefix?: string;
  /** Hold addresses of other services to which something confidential is sent. */
  readonly remotes?: readonly string[];
}

type Variables = Parameters<FurtherProblems>[0];

/** A secret and where it stands. */
interface Held {
  readonly variable: string;
  readonly secret: string;
}

/** What the URL of a store says of it. */
interface Store {
  readonly user: string;
  readonly password: string;
  readonly onThisMachine: boolean;
}

/** Generated ones are longer; hosted databases give out passwords of this length. */
const MIN_PASSWORD_CHARACTERS = 16;

/**
 * What production refuses beyond what is wrong everywhere (OWASP ASVS 5, 13.2.3 and 13.3.1): secrets that are made up,
 * or used twice; stores of a single machine, unless ALLOW_EMBEDDED_IN_PRODUCTION, and a shared database without Redis
 * even so; stores elsewhere without a password; keys fetched, and subgraphs called, where the network could exchange or
 * read what is sent, unless ALLOW_PLAIN_HTTP_JWKS; plain HTTP to other services elsewhere.
 */
export function productionRules({
  secrets = [],
  database,
  redis,
  keySource,
  subgraphPrefix,
  remotes = [],
}: SensitiveVariables): FurtherProblems {
  return (present) => {
    if (present['NODE_ENV'] !== 'production') return [];
    const own = secrets.flatMap((variable) => secretsOf(variable, present[variable]));
    const passwords = [database, redis].flatMap((variable) => passwordOf(variable, present));
    const problems = [
      ...own.filter(({ secret }) => isGuessable(secret)).map(({ variable }) => `${variable}: ${GENERATE}`),
      ...sharedSecrets([...own, ...passwords]),
      ...(database === undefined ? [] : databaseProblems(database, present)),
      ...(redis === undefined ? [] : redisProblems(redis, database, present)),
      ...(keySource === undefined ? [] : keySourceProblems(keySource, present)),
      ...(subgraphPrefix === undefined ? [] : subgraphProblems(subgraphPrefix, present)),
      ...remotes.flatMap((variable) => remoteProblems(variable, present)),
    ];
    return [...new Set(problems)];
  };
}

const GENERATE = 'must be generated, for example by: openssl rand -base64 32';

/** A comma separates secrets where what it separates could be secrets; elsewhere it is a character of one. */
function secretsOf(variable: string, value = ''): readonly Held[] {
  const parts = value.split(',').map((part) => part.trim());
  const secrets = parts.every(isLongEnough) ? parts : [value];
  return secrets.filter((secret) => secret !== '').map((secret) => ({ variable, secret }));
}

function passwordOf(variable: string | undefined, present: Variables): readonly Held[] {
  const secret = variable === undefined ? '' : (storesAt(present[variable])[0]?.password ?? '');
  return variable === undefined || secret === '' ? [] : [{ variable, secret }];
}

/** One that leaks must not give away what another one protects. */
function sharedSecrets(held: readonly Held[]): readonly string[] {
  return held.flatMap(({ variable, secret }, index) => {
    const twin = held.slice(0, index).find((other) => other.secret === secret);
    if (twin === undefined) return [];
    return [
      twin.variable === variable
        ? `${variable}: must not hold the same secret twice`
        : `${variable}: its secret must differ from that of ${twin.variable}`,
    ];
  });
}

function databaseProblems(variable: string, present: Variables): readonly string[] {
  const value = present[variable] ?? '';
  if (value.startsWith('sqlite:'))
    return embeddedAllowed(present) ? [] : [`${variable}: production needs MySQL or MariaDB`];
  const [store] = storesAt(value);
  const byRoot = store?.user.toLowerCase() === 'root' && !store.onThisMachine;
  return [
    ...(byRoot ? [`${variable}: needs a user with fewer rights than root`] : []),
    ...(store === undefined ? [] : passwordProblems(variable, store)),
  ];
}

/** Several processes can share a database server, and without Redis each would believe its own memory. */
function redisProblems(variable: string, database: string | undefined, present: Variables): readonly string[] {
  const value = present[variable];
  if (value !== undefined) return storesAt(value).flatMap((store) => passwordProblems(variable, store));
  if (!embeddedAllowed(present)) return [`${variable}: production needs Redis`];
  const shared = database !== undefined && /^(?:mysql|mariadb):/.test(present[database] ?? '');
  return shared ? [`${variable}: production needs Redis beside a database that several processes can share`] : [];
}

function embeddedAllowed(present: Variables): boolean {
  return present['ALLOW_EMBEDDED_IN_PRODUCTION'] === 'true';
}

/** On this machine the operating system decides who reaches a store; elsewhere a password has to. */
function passwordProblems(variable: string, store: Store): readonly string[] {
  if (store.onThisMachine) return [];
  const strong = store.password.length >= MIN_PASSWORD_CHARACTERS && !isGuessable(store.password);
  return strong
    ? []
    : [`${variable}: needs a generated password of at least ${String(MIN_PASSWORD_CHARACTERS)} characters`];
}

function keySourceProblems(variable: string, present: Variables): readonly string[] {
  if (!isPlainHttpElsewhere(present[variable]) || allowsPlainHttp(present)) return [];
  return [
    `${variable}: needs https:// unless it is on this machine, or whoever is in the network could exchange the keys; ` +
      'ALLOW_PLAIN_HTTP_JWKS=true if nobody else is',
  ];
}

function subgraphProblems(prefix: string, present: Variables): readonly string[] {
  if (allowsPlainHttp(present)) return [];
  return Object.entries(present).flatMap(([variable, value]) =>
    variable.startsWith(prefix) && isPlainHttpElsewhere(value) ? [`${variable}: ${ENCRYPT_CALLS}`] : [],
  );
}

function remoteProblems(variable: string, present: Variables): readonly string[] {
  return isPlainHttpElsewhere(present[variable]) ? [`${variable}: needs https:// unless it is on this machine`] : [];
}

function allowsPlainHttp(present: Variables): boolean {
  return present['ALLOW_PLAIN_HTTP_JWKS'] === 'true';
}

/** What is wrong with a subgraph for which {@link isPlainHttpElsewhere} holds, where that is not allowed. */
export const ENCRYPT_CALLS =
  'needs https:// unless it is on this machine, or whoever is in the network could read passwords and tokens; ' +
  'ALLOW_PLAIN_HTTP_JWKS=true if nobody else is';

/** Whether what is sent there could be read and changed on the way. */
export function isPlainHttpElsewhere(address?: string): boolean {
  const url = urlOf(address);
  return url?.protocol === 'http:' && !isLoopback(url.hostname);
}

/** None where there is no URL with a host, which is for the variable's own schema to report; Sentinels are one more. */
function storesAt(value = ''): readonly Store[] {
  const redis = parseRedisUrl(value);
  if (redis !== null) return storesOf(redis);
  const url = urlOf(value);
  if (url === null || url.hostname === '') return [];
  return [{ user: decode(url.username), password: decode(url.password), onThisMachine: isLoopback(url.hostname) }];
}

function storesOf({ kind, addresses, username, password, sentinelPassword }: RedisPlace): readonly Store[] {
  const store = { user: username, password, onThisMachine: addresses.every(({ host }) => isLoopback(host)) };
  return kind === 'sentinel' ? [store, { ...store, password: sentinelPassword }] : [store];
}

function urlOf(value = ''): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Whether a host name, as URLs have it, is this machine's own. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^\[?::1\]?$/.test(host) || (isIPv4(host) && host.startsWith('127.'));
}
