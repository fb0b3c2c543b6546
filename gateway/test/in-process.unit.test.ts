import { createLogger } from '@identity/service-kit/logger';
import type { SubgraphRequest } from '@identity/service-kit/subgraph-request';
import { createSubgraphServer } from '@identity/service-kit/subgraph-server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { loadConfig, type GatewayConfig } from '../src/config.js';
import { ROUTER_SECRET, startGateway, type TestGateway } from './support/gateway.js';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { hello: String, never: String, huge: String, length(text: String!): Int }
`;
/** Nobody listens there: what is answered has not been asked over a connection. */
const NOWHERE = 'http://127.0.0.1:9/graphql';
const TIMEOUT_MS = 300;
const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE', service: 'here' };

describe('a subgraph in the process of the gateway', () => {
  const lines: string[] = [];
  let release: () => void = () => undefined;
  let contexts = 0;
  const held = new Promise<string>((resolve) => {
    release = () => {
      resolve('late');
    };
  });
  const subgraph = createSubgraphServer<SubgraphRequest>({
    schema: buildSubgraphSchema({
      typeDefs: parse(SDL),
      resolvers: {
        Query: {
          length: (_root: unknown, { text }: { text: string }) => text.length,
          hello: () => 'world',
          never: () => held,
          huge: () => 'x'.repeat(8 * 1_024 * 1_024),
        },
      },
    }),
    listenOn: { host: '127.0.0.1', port: 0, portVariable: 'PORT' },
    routerSecrets: [ROUTER_SECRET],
    authenticateToken: () => Promise.resolve({ kind: 'anonymous' }),
    createContext(request) {
      contexts += 1;
      return request;
    },
    readinessChecks: { required: {} },
    shutdownGraceMs: 5_000,
    logger: createLogger({ service: 'here', level: 'info', destination: { write: (line) => void lines.push(line) } }),
  });
  let gateway: TestGateway;

  function start(routerSecret: string, config: Partial<GatewayConfig> = {}): Promise<TestGateway> {
    return startGateway(
      [{ name: 'here', sdl: SDL, url: NOWHERE }],
      { subgraphTimeoutMs: TIMEOUT_MS, routerSecret, ...config },
      { inProcess: new Map([[NOWHERE, subgraph.inProcess]]) },
    );
  }

  beforeAll(async () => {
    await subgraph.start();
    gateway = await start(ROUTER_SECRET);
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  it('answers and logs without a connection', async () => {
    const { body } = await gateway.send({ query: '{ hello }' });
    expect(body).toEqual({ data: { hello: 'world' } });
    expect(JSON.parse(String(lines.at(-1)))).toMatchObject({ route: '/graphql', status: 200, fields: ['hello'] });
  });

  it('is asked for nothing without the credential', async () => {
    const stranger = await start('x'.repeat(32));
    const before = contexts;
    const { body } = await stranger.send({ query: '{ hello }' });
    await stranger.stop();
    expect(body.errors?.[0]?.extensions).toEqual(UNAVAILABLE);
    expect(stranger.log.join('')).toContain('the subgraph knows another ROUTER_SECRET');
    expect(contexts).toBe(before);
    expect(JSON.parse(String(lines.at(-1)))).toMatchObject({ status: 401 });
  });

  it('is waited for no longer than another one', async () => {
    const startedAt = performance.now();
    const { body } = await gateway.send({ query: '{ never }' });
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 1_500);
    expect(body.errors?.[0]?.extensions).toEqual(UNAVAILABLE);
    expect(JSON.parse(String(lines.at(-1)))).toMatchObject({ route: '/graphql', status: 0 });
    expect((await gateway.send({ query: '{ hello }' })).body).toEqual({ data: { hello: 'world' } });
  });

  it('may answer no more than another one', async () => {
    const { body } = await gateway.send({ query: '{ huge }' });
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'OPERATION_TOO_COMPLEX' });
  });

  it('takes whatever the largest body of a client brings', async () => {
    const { bodyLimitBytes } = loadConfig({ ROUTER_SECRET, BODY_LIMIT_BYTES: '524288' });
    const roomy = await start(ROUTER_SECRET, { bodyLimitBytes });
    const query = 'query ($text: String!) { length(text: $text) }';
    const around = JSON.stringify({ query, variables: { text: '' } }).length;
    const send = (length: number) => roomy.send({ query, variables: { text: 'x'.repeat(length) } });
    const largest = bodyLimitBytes - around;
    expect((await send(largest)).body).toEqual({ data: { length: largest } });
    expect((await send(largest + 1)).status).toBe(413);
    await roomy.stop();
  });

  it('is unavailable when it has been stopped, which waits for what is under way', async () => {
    let stopped = false;
    const stop = subgraph.stop().then(() => {
      stopped = true;
    });
    while (subgraph.inProcess.isRunning()) await new Promise(setImmediate);
    const { body } = await gateway.send({ query: '{ hello }' });
    expect(body.errors?.[0]?.extensions).toEqual(UNAVAILABLE);
    expect(stopped).toBe(false);
    release();
    await stop;
  });
});
