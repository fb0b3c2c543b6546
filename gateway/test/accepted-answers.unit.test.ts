import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import type { GatewayConfig } from '../src/config.js';
import { startGateway, temporaryFile, type TestGateway } from './support/gateway.js';
import { metricsOf } from './support/metrics.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String } type Mutation { change: Int }';
const CHANGE = 'mutation Change { change }';
const REFUSED =
  /^identity_operations_total{operation="\(refused\)",type="mutation",outcome="client_error",[^}]*} (\d+)$/m;

const UNACCEPTABLE = [
  'text/html',
  'image/png',
  'application/json;q=0',
  'application/json;q=0, application/graphql-response+json;q=0, text/plain',
  'multipart/mixed',
  'multipart/mixed;deferSpec=20220824',
  'application/xml, text/*;q=0.5',
  'application/json; charset=latin1',
  'json',
] as const;

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

/** What Apollo Server accepts, and what it answers with. */
const ACCEPTABLE: readonly (readonly [accept: string, type: string])[] = [
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['application/json;q=0.1', JSON_TYPE],
  ['APPLICATION/JSON', JSON_TYPE],
  ['text/html, */*;q=0.1', JSON_TYPE],
  ['', JSON_TYPE],
  ['application/graphql-response+json', GRAPHQL_TYPE],
  ['application/graphql-response+json, application/json;q=0.9', GRAPHQL_TYPE],
  ['application/json;q=0, application/graphql-response+json', GRAPHQL_TYPE],
  ['multipart/mixed;deferSpec=20220824, application/json', JSON_TYPE],
];

describe.each<readonly [string, Partial<GatewayConfig>]>([
  ['that compiles its plans', {}],
  ['that leaves plans to Apollo', { compilePlans: false }],
  ['with a safelist', { persistedOperations: { mode: 'require', manifests: [] } }],
])('a gateway %s', (_kind, { persistedOperations, ...config }) => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;
  let changes = 0;
  const cleanups: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    subgraph = await startSubgraph(SDL, {
      Query: { hello: () => 'hello' },
      Mutation: { change: () => (changes += 1) },
    });
    const manifest = await temporaryFile('manifest.json', JSON.stringify({ change: CHANGE, hello: '{ hello }' }));
    gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
      admin: { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' },
      ...config,
      ...(persistedOperations === undefined
        ? {}
        : { persistedOperations: { ...persistedOperations, manifests: [manifest.path] } }),
    });
    cleanups.push(
      () => manifest.remove(),
      () => subgraph.stop(),
      () => gateway.stop(),
    );
  });

  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  it.each(UNACCEPTABLE)('executes nothing for a client that takes only %s', async (accept) => {
    const [refused, calls] = [refusedIn(await metricsOf(gateway)), subgraph.requests.length];
    const { status, headers, body } = await gateway.send({ query: CHANGE }, { accept });
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 406, type: JSON_TYPE });
    expect(body.errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
    expect(subgraph.requests).toHaveLength(calls);
    await eventually('it counts as refused', async () => refusedIn(await metricsOf(gateway)) === refused + 1);
  });

  it.each(UNACCEPTABLE)('executes no query either, known or not, for %s', async (accept) => {
    for (const time of ['first', 'second'])
      expect({ time, ...(await gateway.send({ query: '{ hello }' })) }.status).toBe(200);
    const calls = subgraph.requests.length;
    const byGet = await fetch(`${gateway.url}/graphql?query={hello}`, {
      headers: { accept, 'apollo-require-preflight': '1' },
    });
    // Whoever wants a page gets the explorer.
    expect(byGet.status).toBe(/text\/(html|\*)/.test(accept) ? 200 : 406);
    expect((await gateway.send({ query: '{ hello }' }, { accept })).status).toBe(406);
    expect(subgraph.requests).toHaveLength(calls);
  });

  it.each(ACCEPTABLE)('answers a client that takes "%s" with %s', async (accept, type) => {
    const before = changes;
    const { status, headers, body } = await gateway.send({ query: CHANGE }, { accept });
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type });
    expect(body).toEqual({ data: { change: before + 1 } });
  });
});

function refusedIn(metrics: string): number {
  return Number(REFUSED.exec(metrics)?.[1] ?? 0);
}
