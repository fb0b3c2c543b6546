import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { bodyOf, startGateway, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String } type Mutation { change: Boolean }';

/**
 * Recommendations that are not followed: a request that fails before it is executed is answered with 400 whatever media
 * type the client accepts, so that proxies and monitoring see it.
 */
const DECLINED: ReadonlySet<string> = new Set([
  '572B', // SHOULD use 200 on document parsing failure when accepting application/json
  'FDE2', // SHOULD use 200 on document validation failure when accepting application/json
  '7B9B', // SHOULD use 200 on variable coercion failure when accepting application/json
]);

let subgraph: SubgraphServer;
let gateway: TestGateway;

beforeAll(async () => {
  subgraph = await startSubgraph(SDL, { Query: { hello: () => 'hello' } });
  gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }]);
});

afterAll(async () => {
  await gateway.stop();
  await subgraph.stop();
});

/** Sends what an audit wants to be sent, with the header by which a GET shows that no foreign page has made it. */
async function send(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if ((init.method ?? 'GET') === 'GET') headers.set('apollo-require-preflight', '1');
  const response = await fetch(url, { ...init, headers });
  // Whatever an audit is about, the answer is JSON of the form that GraphQL prescribes, and its errors have a code.
  expect(response.headers.get('content-type')).toMatch(/^application\/(?:graphql-response\+)?json; charset=utf-8$/);
  const { errors = [] } = await bodyOf(response.clone());
  for (const { extensions } of errors) expect(extensions['code']).toMatch(/^[A-Z_]+$/);
  expect(response.status).toBeLessThan(500);
  return response;
}

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `${gateway.url}/graphql`, fetchFn: send });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s: %s', async (id, _name, audit) => {
    const { status } = await audit.fn();
    expect(status).toBe(DECLINED.has(id) ? 'warn' : 'ok');
  });

  it('is audited by the whole suite', () => {
    expect(audits.length).toBeGreaterThanOrEqual(60);
  });
});
