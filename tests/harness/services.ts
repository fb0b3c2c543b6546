import type { Logger } from '@identity/service-kit/logger';
import type { VerifiedTokens } from '@identity/service-kit/verified-tokens';
import type { TestNetwork } from './network.js';
import type { TestRedis } from './redis-server.js';
import type { StatementRecorder } from './statements.js';
import type { TestClock } from './test-clock.js';

/** One service under test. */
export interface TestService {
  /** The base URL. */
  readonly url: string;
  close(): Promise<void>;
  /** What it has printed, where it is a program of its own. */
  readonly output?: () => string;
  /** Starts it on the same port after it was closed. Missing where one process runs all services. */
  readonly startAgain?: () => Promise<void>;
}

/** The three services, however they are run. */
export interface TestServices {
  readonly gateway: TestService;
  readonly auth: TestService;
  readonly users: TestService;
  /** What the gateway proves itself with to the subgraphs. */
  readonly routerSecret: string;
  /** The network between these services and their servers, if it was asked for. */
  readonly network?: TestNetwork;
  close(): Promise<void>;
}

/** What services under test are given. */
export interface ServiceDeps {
  readonly logger: Logger;
  readonly clock: TestClock;
  readonly statements: StatementRecorder;
  /** Environment variables beyond the defaults of the tests. */
  readonly environment: Readonly<Record<string, string>>;
  /** Creates what each process remembers of tokens; each has a memory of its own by default. */
  readonly createVerifiedTokens?: (() => VerifiedTokens) | undefined;
  /** Puts a network between the services and their servers. The embedded stack has no servers. */
  readonly withNetwork?: boolean;
}

/** A place in which services keep their data from one start to the next. */
export interface Ground {
  /** On the distributed stack, a second start adds replicas of all services to those that are running. */
  start(deps: ServiceDeps): Promise<TestServices>;
  /** Where the subgraphs keep their data. */
  readonly databaseUrls: { readonly auth: string; readonly users: string };
  /** Where the Auth subgraph has its signing keys. */
  readonly keysFolder: string;
  /** Whatever the services have been given that nobody may see: secrets, passwords of servers, private keys. */
  secrets(): Promise<readonly string[]>;
  /** The Redis of the distributed stack. */
  readonly redis: TestRedis | null;
  remove(): Promise<void>;
}

/** What the apps of one process are given of `createVerifiedTokens`. */
export function tokensOfProcess(create: ServiceDeps['createVerifiedTokens']): {
  readonly verifiedTokens?: VerifiedTokens;
} {
  return create === undefined ? {} : { verifiedTokens: create() };
}

/** More than any test does. */
const UNLIMITED = '1000000/60';

/**
 * Settings that suit every test: cheap hashes, no limits, ports of the system's choice, and patience on a machine that
 * is busy.
 */
export const TEST_ENVIRONMENT = {
  NODE_ENV: 'test',
  BCRYPT_COST: '4',
  GATEWAY_PORT: '0',
  AUTH_PORT: '0',
  USERS_PORT: '0',
  SHUTDOWN_GRACE_MS: '2000',
  SUBGRAPH_TIMEOUT_MS: '20000',
  REQUEST_TIMEOUT_MS: '40000',
  DATABASE_TIMEOUT_MS: '10000',
  PASSWORD_HASH_MAX_WAIT_MS: '20000',
  LIMIT_LOGIN_NETWORK: UNLIMITED,
  LIMIT_LOGIN_ACCOUNT_AT_NETWORK: UNLIMITED,
  LIMIT_LOGIN_ACCOUNT: UNLIMITED,
  LIMIT_LOGIN_KNOWN_DEVICE: UNLIMITED,
  LIMIT_LOGIN_SUCCESS: UNLIMITED,
  LIMIT_REGISTER_NETWORK: UNLIMITED,
  LIMIT_REFRESH_NETWORK: UNLIMITED,
  LIMIT_PASSWORD_CHECK_SESSION: UNLIMITED,
} as const;
