import { fileURLToPath } from 'node:url';
import { adminListener } from '@identity/service-kit/admin-listener';
import {
  allowances,
  flag,
  host,
  integer,
  logLevel,
  nodeEnvironment,
  port,
  readEnvironment,
  rotatingSecrets,
  url,
  type Allowance,
} from '@identity/service-kit/environment';
import type { ListenOptions } from '@identity/service-kit/http-server';
import type { StopTimes } from '@identity/service-kit/lifecycle';
import { productionRules } from '@identity/service-kit/production-rules';
import { entityVariables } from '@identity/service-kit/representations';
import { traceSettings, traceVariables, type TraceSettings } from '@identity/service-kit/trace-settings';
import { z } from 'zod';
import type { SafelistMode } from './persisted-operations/safelist.js';
import type { OperationLimits } from './policy/limits.js';
import { timeoutProblems, timeoutsOf, timeoutVariables, type Timeouts } from './timeouts.js';

/** Everything the gateway can be told. */
export interface GatewayConfig extends StopTimes, Timeouts {
  /** How much is logged; only the gateway's own process reads it. */
  readonly logLevel: string;
  /** The address to listen on. */
  readonly host: string;
  /** The port to listen on; 0 lets the operating system choose. */
  readonly port: number;
  /** Where operators see metrics and health; null for nowhere, and nothing is measured then. */
  readonly admin: ListenOptions | null;
  /** Null to make no traces. */
  readonly traces: TraceSettings | null;
  /** The file with the composed supergraph. */
  readonly supergraphPath: string;
  /** How often files are looked at for changes, in milliseconds; 0 for never, except when told to. */
  readonly reloadIntervalMs: number;
  /** What proves to the subgraphs that a request comes from this gateway; at least 32 bytes. */
  readonly routerSecret: string;
  /** Addresses that replace routing URLs of the supergraph, by subgraph name; case does not matter, nor `-` for `_`. */
  readonly subgraphUrls: Readonly<Record<string, string>>;
  /** Whether subgraphs on other machines may be called without TLS. */
  readonly plainHttpToSubgraphs: boolean;
  /** The base URL of the Auth subgraph, for its published keys. */
  readonly authUrl: string;
  readonly tokens: { readonly issuer: string; readonly audience: string };
  /** How many calls to a subgraph may wait for a connection; 0 to 100,000. */
  readonly subgraphMaxQueue: number;
  /** How many GraphQL requests may be under way; 10 to 100,000. */
  readonly maxConcurrentRequests: number;
  /** How many GraphQL requests one network may send; none for as many as it likes. */
  readonly requestsByNetwork: readonly Allowance[];
  /** After how long without a call a connection to a subgraph is closed, in milliseconds; less than subgraphs keep it. */
  readonly subgraphKeepAliveMs: number;
  /** How many proxies stand before the gateway and append to `X-Forwarded-For`; 0 to 10. */
  readonly trustedProxyHops: number;
  /** The largest request body, in bytes; 1,024 to 524,288. */
  readonly bodyLimitBytes: number;
  /** How much subgraphs may answer together for one request, in bytes. */
  readonly maxAnswerBytes: number;
  /** How many entities one call may ask a subgraph for; 1 to 1,000. */
  readonly maxEntitiesPerCall: number;
  /** How much one operation may ask for. */
  readonly limits: OperationLimits;
  /** Which operations clients may send. */
  readonly persistedOperations: {
    readonly mode: SafelistMode | 'off';
    /** The files that list them. */
    readonly manifests: readonly string[];
  };
  /** Whether the schema may be asked for, and is described in error messages. */
  readonly introspection: boolean;
  /** Whether a browser gets Apollo Sandbox at `/graphql`. */
  readonly sandbox: boolean;
  /** Whether the offline explorer is served at `/altair`. */
  readonly altair: boolean;
  /** Origins beside the gateway's own from which browsers may call it. */
  readonly corsOrigins: readonly string[];
  /** The subgraph that may keep refresh tokens in cookies of browsers; null when none may. */
  readonly refreshCookieSubgraph: string | null;
  /** Whether query plans are compiled; otherwise Apollo's executor interprets them. */
  readonly compilePlans: boolean;
}

const SUBGRAPH_URL_PREFIX = 'SUBGRAPH_URL_';
const DEFAULT_SUPERGRAPH_PATH = fileURLToPath(new URL('../../schema/supergraph.graphql', import.meta.url));

/** Half of what subgraphs take: what a client sends goes on to them, and the gateway adds to it. */
const MAX_BODY_BYTES = 524_288;

const subgraphUrl = url(['http', 'https']);

const list = z.string().transform((value) => value.split(',').map((item) => item.trim()));

const exactOrigins = list.pipe(
  z.array(
    z
      .string()
      .refine(isExactOrigin, { error: 'must list origins such as https://app.example.com; no wildcard, no path' }),
  ),
);

const environmentSchema = z.object({
  NODE_ENV: nodeEnvironment,
  LOG_LEVEL: logLevel,
  HOST: host.optional(),
  GATEWAY_PORT: port.default(4000),
  ADMIN_HOST: host.default('127.0.0.1'),
  GATEWAY_ADMIN_PORT: port.optional(),
  SUPERGRAPH_PATH: z.string().default(DEFAULT_SUPERGRAPH_PATH),
  RELOAD_INTERVAL_MS: integer({ min: 0, max: 3_600_000 }).default(1_000),
  ROUTER_SECRET: rotatingSecrets,
  AUTH_URL: url(['http', 'https']).default('http://localhost:4001'),
  ALLOW_PLAIN_HTTP_JWKS: flag.default(false),
  TOKEN_ISSUER: url(['http', 'https']).default('http://localhost:4000'),
  TOKEN_AUDIENCE: z.string().default('identity-supergraph'),
  ...timeoutVariables,
  SUBGRAPH_MAX_QUEUE: integer({ min: 0, max: 100_000 }).default(1_000),
  MAX_CONCURRENT_REQUESTS: integer({ min: 10, max: 100_000 }).default(2_000),
  LIMIT_REQUESTS_NETWORK: allowances.default([]),
  SUBGRAPH_KEEP_ALIVE_MS: integer({ min: 100, max: 60_000 }).default(4_000),
  TRUSTED_PROXY_HOPS: integer({ min: 0, max: 10 }).default(0),
  BODY_LIMIT_BYTES: integer({ min: 1_024, max: MAX_BODY_BYTES }).default(65_536),
  MAX_TOKENS: integer({ min: 10, max: 100_000 }).default(2_000),
  MAX_SELECTIONS: integer({ min: 1, max: 100_000 }).default(500),
  MAX_DEPTH: integer({ min: 1, max: 100 }).default(15),
  MAX_ALIASES: integer({ min: 0, max: 10_000 }).default(50),
  MAX_ROOT_FIELDS: integer({ min: 1, max: 10_000 }).default(20),
  MAX_DIRECTIVES: integer({ min: 0, max: 10_000 }).default(50),
  MAX_INTROSPECTION_DEPTH: integer({ min: 1, max: 100 }).default(16),
  MAX_LIST_ITEMS: integer({ min: 1, max: 1_000_000 }).default(200),
  MAX_COST: integer({ min: 1, max: 10_000_000 }).default(3_000),
  MAX_ANSWER_BYTES: integer({ min: 1_024, max: 67_108_864 }).default(2_097_152),
  ...entityVariables,
  PERSISTED_OPERATIONS: z.enum(['off', 'log', 'require'], { error: 'must be off, log or require' }).default('off'),
  PERSISTED_OPERATIONS_MANIFEST: list.default([]),
  INTROSPECTION: flag.optional(),
  SANDBOX: flag.optional(),
  ALTAIR: flag.optional(),
  CORS_ORIGINS: exactOrigins.default([]),
  REFRESH_COOKIE_SUBGRAPH: z.string().optional(),
  COMPILE_PLANS: flag.default(true),
  DRAIN_DELAY_MS: integer({ min: 0, max: 120_000 }).default(0),
  SHUTDOWN_GRACE_MS: integer({ min: 0, max: 120_000 }).default(10_000),
  ...traceVariables,
});

const rulesOfProduction = productionRules({
  secrets: ['ROUTER_SECRET'],
  keySource: 'AUTH_URL',
  subgraphPrefix: SUBGRAPH_URL_PREFIX,
});

/**
 * Reads the configuration. Production listens on every address and shows nothing of the schema unless told so;
 * elsewhere the gateway is reachable from this machine only and open to look at.
 *
 * @throws ConfigurationError naming every variable that is missing or wrong.
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const variables = readEnvironment(environmentSchema, environment, furtherProblems);
  const production = variables.NODE_ENV === 'production';
  // Subgraphs accept two secrets while one is rolled out; the first is the one to send.
  const [routerSecret = ''] = variables.ROUTER_SECRET;
  return {
    logLevel: variables.LOG_LEVEL,
    host: variables.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: variables.GATEWAY_PORT,
    admin: adminListener(variables.ADMIN_HOST, variables.GATEWAY_ADMIN_PORT, 'GATEWAY_ADMIN_PORT'),
    traces: traceSettings(variables, 'gateway'),
    supergraphPath: variables.SUPERGRAPH_PATH,
    reloadIntervalMs: variables.RELOAD_INTERVAL_MS,
    routerSecret,
    subgraphUrls: Object.fromEntries(subgraphUrlsOf(environment)),
    plainHttpToSubgraphs: !production || variables.ALLOW_PLAIN_HTTP_JWKS,
    authUrl: variables.AUTH_URL,
    tokens: { issuer: variables.TOKEN_ISSUER, audience: variables.TOKEN_AUDIENCE },
    ...timeoutsOf(variables),
    subgraphMaxQueue: variables.SUBGRAPH_MAX_QUEUE,
    maxConcurrentRequests: variables.MAX_CONCURRENT_REQUESTS,
    requestsByNetwork: variables.LIMIT_REQUESTS_NETWORK,
    subgraphKeepAliveMs: variables.SUBGRAPH_KEEP_ALIVE_MS,
    trustedProxyHops: variables.TRUSTED_PROXY_HOPS,
    bodyLimitBytes: variables.BODY_LIMIT_BYTES,
    maxAnswerBytes: variables.MAX_ANSWER_BYTES,
    maxEntitiesPerCall: variables.MAX_ENTITIES_PER_CALL,
    limits: {
      tokens: variables.MAX_TOKENS,
      selections: variables.MAX_SELECTIONS,
      depth: variables.MAX_DEPTH,
      aliases: variables.MAX_ALIASES,
      rootFields: variables.MAX_ROOT_FIELDS,
      directives: variables.MAX_DIRECTIVES,
      introspectionDepth: variables.MAX_INTROSPECTION_DEPTH,
      listItems: variables.MAX_LIST_ITEMS,
      cost: variables.MAX_COST,
    },
    persistedOperations: {
      mode: variables.PERSISTED_OPERATIONS,
      manifests: variables.PERSISTED_OPERATIONS_MANIFEST,
    },
    introspection: variables.INTROSPECTION ?? !production,
    sandbox: variables.SANDBOX ?? !production,
    altair: variables.ALTAIR ?? !production,
    corsOrigins: variables.CORS_ORIGINS,
    refreshCookieSubgraph: variables.REFRESH_COOKIE_SUBGRAPH ?? null,
    compilePlans: variables.COMPILE_PLANS,
    drainDelayMs: variables.DRAIN_DELAY_MS,
    shutdownGraceMs: variables.SHUTDOWN_GRACE_MS,
  };
}

/**
 * Keeps `@apollo/gateway` from reporting to its vendor. Its constructor offers no option for that and reads this one
 * variable, so it has to be set in whatever process builds a gateway.
 */
export function disableVendorTelemetry(): void {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
}

function subgraphUrlsOf(
  environment: Readonly<Record<string, string | undefined>>,
): readonly (readonly [string, string])[] {
  return Object.entries(environment).flatMap(([variable, value]) =>
    variable.startsWith(SUBGRAPH_URL_PREFIX) && value !== undefined && value !== ''
      ? [[variable.slice(SUBGRAPH_URL_PREFIX.length), value]]
      : [],
  );
}

function furtherProblems(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [
    ...rulesOfProduction(present),
    ...subgraphUrlProblems(present),
    ...cookieModeProblems(present),
    ...manifestProblems(present),
    ...timeoutProblems(present),
  ];
}

function subgraphUrlProblems(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return subgraphUrlsOf(environment).flatMap(([name, value]) => {
    const { error } = subgraphUrl.safeParse(value);
    return (error?.issues ?? []).map(({ message }) => `${SUBGRAPH_URL_PREFIX}${name}: ${message}`);
  });
}

/** Anyone on the way can change a page that comes without TLS, and would act with the cookie of whoever opens it. */
function cookieModeProblems(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  const applies = present['NODE_ENV'] === 'production' && present['REFRESH_COOKIE_SUBGRAPH'] !== undefined;
  const plain = present['CORS_ORIGINS']?.split(',').some((origin) => origin.trim().startsWith('http:'));
  return applies && plain === true ? ['CORS_ORIGINS: production needs https origins with REFRESH_COOKIE_SUBGRAPH'] : [];
}

function manifestProblems(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  const mode = present['PERSISTED_OPERATIONS'] ?? 'off';
  return mode === 'off' || present['PERSISTED_OPERATIONS_MANIFEST'] !== undefined
    ? []
    : ['PERSISTED_OPERATIONS_MANIFEST: is required with PERSISTED_OPERATIONS'];
}

function isExactOrigin(value: string): boolean {
  return /^https?:[^*]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
