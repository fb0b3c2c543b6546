import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createHttpServer, listen } from '@identity/service-kit/http-server';
import { loadConfig } from '../src/config.js';

const SECRET = 'U7q3TnQ2yLpHs8Jc4GfWuEo6RaIxDt1B';
const REQUIRED = { ROUTER_SECRET: SECRET };

describe('the configuration', () => {
  it('has the defaults of development', () => {
    const config = loadConfig(REQUIRED);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4_000,
      routerSecret: SECRET,
      subgraphUrls: {},
      subgraphTimeoutMs: 1_600,
      subgraphMutationTimeoutMs: 1_800,
      requestTimeoutMs: 1_800,
      subgraphMaxQueue: 1_000,
      maxConcurrentRequests: 2_000,
      requestsByNetwork: [],
      trustedProxyHops: 0,
      bodyLimitBytes: 65_536,
      maxAnswerBytes: 2_097_152,
      maxEntitiesPerCall: 100,
      limits: {
        tokens: 2_000,
        selections: 500,
        depth: 15,
        aliases: 50,
        rootFields: 20,
        directives: 50,
        introspectionDepth: 16,
        listItems: 200,
        cost: 3_000,
      },
      persistedOperations: { mode: 'off', manifests: [] },
      introspection: true,
      sandbox: true,
      altair: true,
      corsOrigins: [],
      refreshCookieSubgraph: null,
    });
    expect(existsSync(config.supergraphPath)).toBe(true);
  });

  it('shows nothing in production unless told so', () => {
    const closed = { introspection: false, sandbox: false, altair: false };
    expect(loadConfig({ ...REQUIRED, NODE_ENV: 'production' })).toMatchObject({ ...closed, host: '0.0.0.0' });
    const opened = loadConfig({
      ...REQUIRED,
      NODE_ENV: 'production',
      INTROSPECTION: 'true',
      SANDBOX: 'true',
      ALTAIR: 'true',
    });
    expect(opened).toMatchObject({ introspection: true, sandbox: true, altair: true });
    expect(loadConfig({ ...REQUIRED, INTROSPECTION: 'false', SANDBOX: 'false', ALTAIR: 'false' })).toMatchObject(
      closed,
    );
  });

  it('makes traces only when told where to, by the variables of OpenTelemetry', () => {
    const traces = (variables: Readonly<Record<string, string>>) => loadConfig({ ...REQUIRED, ...variables }).traces;
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'https://collector.example/base/';
    const exporter = { url: `${OTEL_EXPORTER_OTLP_ENDPOINT}v1/traces`, headers: {}, timeoutMs: 10_000 };
    const sampler = { root: 'always_on', share: 1, asCaller: true };
    expect(traces({})).toBeNull();
    expect(traces({ OTEL_EXPORTER_OTLP_ENDPOINT })).toMatchObject({
      exporter,
      sampler,
      resource: { 'service.name': 'identity-gateway' },
    });
    expect(traces({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeNull();
    expect(traces({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBeNull();
    expect(traces({ OTEL_TRACES_EXPORTER: 'otlp' })).toMatchObject({
      exporter: { url: 'http://localhost:4318/v1/traces' },
    });
    expect(
      traces({
        OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://localhost/traces',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%3Db, y = 2',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=one,service.version=3',
        OTEL_SERVICE_NAME: 'two',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      }),
    ).toMatchObject({
      exporter: { url: 'http://localhost/traces', headers: { 'x-key': 'a=b', y: '2' } },
      resource: { 'service.name': 'two', 'service.version': '3' },
      sampler: { root: 'traceidratio', share: 0.25, asCaller: false },
    });
  });

  it.each([
    ['OTEL_TRACES_EXPORTER', 'jaeger'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a-key-alone'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%E0%A4%A'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
  ])('refuses %s=%s by the name of the variable', (name, value) => {
    expect(() => loadConfig({ ...REQUIRED, [name]: value })).toThrow(new RegExp(`- ${name}: must (?!.*${value})`));
  });

  it('takes the address of any subgraph', () => {
    const { subgraphUrls } = loadConfig({
      ...REQUIRED,
      SUBGRAPH_URL_AUTH: 'http://auth:4001/graphql',
      SUBGRAPH_URL_ORDER_HISTORY: 'https://orders/graphql',
      SUBGRAPH_URL_USERS: '',
    });
    expect(subgraphUrls).toEqual({ AUTH: 'http://auth:4001/graphql', ORDER_HISTORY: 'https://orders/graphql' });
  });

  it('sends the first of two secrets', () => {
    expect(loadConfig({ ROUTER_SECRET: `${'n'.repeat(32)},${SECRET}` }).routerSecret).toBe('n'.repeat(32));
  });

  it.each<readonly [string, Readonly<Record<string, string>>, readonly number[]]>([
    ['a query', { SUBGRAPH_TIMEOUT_MS: '5000' }, [5_000, 5_000, 5_000]],
    ['a mutation', { SUBGRAPH_MUTATION_TIMEOUT_MS: '5000' }, [1_600, 5_000, 5_000]],
    ['a short query', { SUBGRAPH_TIMEOUT_MS: '500' }, [500, 1_800, 1_800]],
  ])('gives what is not set the time that %s may take', (_what, variables, expected) => {
    const { subgraphTimeoutMs, subgraphMutationTimeoutMs, requestTimeoutMs } = loadConfig({
      ...REQUIRED,
      ...variables,
    });
    expect([subgraphTimeoutMs, subgraphMutationTimeoutMs, requestTimeoutMs]).toEqual(expected);
  });

  it('takes a list of origins', () => {
    expect(loadConfig({ ...REQUIRED, CORS_ORIGINS: 'https://a.example, http://localhost:3000' }).corsOrigins).toEqual([
      'https://a.example',
      'http://localhost:3000',
    ]);
  });

  it.each<readonly [string, string]>([
    ['NODE_ENV', 'prod'],
    ['LOG_LEVEL', 'loud'],
    ['HOST', 'not a host'],
    ['GATEWAY_PORT', '65536'],
    ['ROUTER_SECRET', 'short'],
    ['SUBGRAPH_URL_AUTH', 'auth:4001'],
    ['SUBGRAPH_URL_AUTH', 'ftp://auth/graphql'],
    ['SUBGRAPH_TIMEOUT_MS', '99'],
    ['SUBGRAPH_TIMEOUT_MS', '60001'],
    ['SUBGRAPH_MUTATION_TIMEOUT_MS', '1599'],
    ['SUBGRAPH_MUTATION_TIMEOUT_MS', '60001'],
    ['REQUEST_TIMEOUT_MS', '1799'],
    ['REQUEST_TIMEOUT_MS', '120001'],
    ['SUBGRAPH_MAX_QUEUE', '-1'],
    ['MAX_CONCURRENT_REQUESTS', '9'],
    ['LIMIT_REQUESTS_NETWORK', '600'],
    ['LIMIT_REQUESTS_NETWORK', '0/60'],
    ['TRUSTED_PROXY_HOPS', '11'],
    ['TRUSTED_PROXY_HOPS', 'true'],
    ['BODY_LIMIT_BYTES', '64kb'],
    ['BODY_LIMIT_BYTES', '524289'],
    ['MAX_TOKENS', '9'],
    ['MAX_SELECTIONS', '0'],
    ['MAX_DEPTH', '101'],
    ['MAX_ALIASES', '-1'],
    ['MAX_ROOT_FIELDS', '0'],
    ['MAX_DIRECTIVES', 'none'],
    ['MAX_INTROSPECTION_DEPTH', '0'],
    ['MAX_LIST_ITEMS', '0'],
    ['MAX_COST', '1e3'],
    ['MAX_ENTITIES_PER_CALL', '0'],
    ['MAX_ENTITIES_PER_CALL', '1001'],
    ['MAX_ANSWER_BYTES', '2mb'],
    ['PERSISTED_OPERATIONS', 'strict'],
    ['INTROSPECTION', 'yes'],
    ['SANDBOX', '1'],
    ['ALTAIR', 'on'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example/'],
    ['CORS_ORIGINS', 'https://*.example'],
    ['CORS_ORIGINS', 'https://a.example,null'],
    ['SUBGRAPH_KEEP_ALIVE_MS', '60001'],
    ['DRAIN_DELAY_MS', '1s'],
    ['SHUTDOWN_GRACE_MS', '-1'],
  ])('refuses %s=%s by name and without the value', (variable, value) => {
    const load = () => loadConfig({ ...REQUIRED, [variable]: value });
    expect(load).toThrow(`- ${variable}`);
    expect(load).not.toThrow(value === '*' || value.length < 5 ? /\u0000/ : value);
  });

  it('takes the manifests of several clients, and demands one where operations are compared with it', () => {
    const variables = { ...REQUIRED, PERSISTED_OPERATIONS: 'require', PERSISTED_OPERATIONS_MANIFEST: 'a.json, b.json' };
    expect(loadConfig(variables).persistedOperations).toEqual({ mode: 'require', manifests: ['a.json', 'b.json'] });
    for (const mode of ['log', 'require'])
      expect(() => loadConfig({ ...REQUIRED, PERSISTED_OPERATIONS: mode })).toThrow('- PERSISTED_OPERATIONS_MANIFEST');
  });

  it('lets the pages of a cookie mode come over TLS only, in production', () => {
    const variables = {
      ...REQUIRED,
      REFRESH_COOKIE_SUBGRAPH: 'auth',
      CORS_ORIGINS: 'https://a.example,http://b.example',
    };
    expect(loadConfig(variables).refreshCookieSubgraph).toBe('auth');
    expect(() => loadConfig({ ...variables, NODE_ENV: 'production' })).toThrow('- CORS_ORIGINS');
    const secure = { ...variables, NODE_ENV: 'production', CORS_ORIGINS: 'https://a.example' };
    expect(loadConfig(secure).corsOrigins).toEqual(['https://a.example']);
    expect(() => loadConfig({ ...REQUIRED, NODE_ENV: 'production', CORS_ORIGINS: 'http://b.example' })).not.toThrow();
  });

  it('lets no connection to a subgraph be kept for as long as the subgraph keeps it', async () => {
    const { subgraphKeepAliveMs } = loadConfig({ ...REQUIRED, SUBGRAPH_KEEP_ALIVE_MS: '60000' });
    // Subgraphs serve by the same, and longer is refused.
    const server = createHttpServer((_request, response) => response.end());
    const url = await listen(server, { host: '127.0.0.1', port: 0, portVariable: 'PORT' });
    const response = await fetch(url);
    await response.text();
    server.closeAllConnections();
    server.close();
    const [, seconds] = /timeout=(\d+)/.exec(response.headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(subgraphKeepAliveMs);
  });

  it('names all problems at once', () => {
    const load = () => loadConfig({ GATEWAY_PORT: 'x', SUBGRAPH_URL_A: 'x', ALTAIR: 'x' });
    for (const variable of ['GATEWAY_PORT', 'ROUTER_SECRET', 'SUBGRAPH_URL_A', 'ALTAIR'])
      expect(load).toThrow(variable);
  });
});
