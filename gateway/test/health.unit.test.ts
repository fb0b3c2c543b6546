import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './support/gateway.js';
import { startServer, type SubgraphServer } from './support/subgraph-server.js';

const SDL = { auth: 'type Query { a: String }', 'order-history': 'type Query { b: String }' };

describe('the health of the system', () => {
  let auth: SubgraphServer;
  let orders: SubgraphServer;
  let gateway: TestGateway;
  let answerOfOrders: (response: ServerResponse) => void = () => undefined;

  beforeAll(async () => {
    auth = await startServer((_request, response) => response.end('{}'));
    orders = await startServer((_request, response) => {
      answerOfOrders(response);
    });
    gateway = await startGateway(
      [
        { name: 'auth', sdl: SDL.auth, url: 'http://auth.invalid/graphql' },
        { name: 'order-history', sdl: SDL['order-history'], url: orders.url },
      ],
      { subgraphUrls: { AUTH: auth.url } },
    );
  });

  afterAll(async () => {
    await gateway.stop();
    await auth.stop();
    await orders.stop();
  });

  async function health(path = '/health') {
    const response = await fetch(`${gateway.url}${path}`);
    return { status: response.status, body: await response.json() };
  }

  it.each<readonly [string, (response: ServerResponse) => void, string, number]>([
    ['is ready', (response) => response.end('{"status":"ready"}'), 'ready', 200],
    ['is not ready', (response) => response.writeHead(503).end('{"status":"not_ready"}'), 'not_ready', 503],
    ['breaks off', (response) => response.destroy(), 'unreachable', 503],
    ['does not answer', () => undefined, 'unreachable', 503],
  ])('a subgraph that %s', async (_name, answer, expected, status) => {
    answerOfOrders = answer;
    const startedAt = performance.now();
    expect(await health()).toEqual({
      status,
      body: {
        status: status === 200 ? 'ready' : 'not_ready',
        gateway: 'ready',
        subgraphs: { auth: 'ready', 'order-history': expected },
      },
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(orders.requests.at(-1)).toMatchObject({ method: 'GET', path: '/health/ready' });
  });

  it('leaves the gateway itself live and ready', async () => {
    answerOfOrders = (response) => response.destroy();
    expect(await health('/health/live')).toEqual({ status: 200, body: { status: 'live' } });
    expect(await health('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('is asked once for many who want to know at the same time', async () => {
    const requestsBefore = orders.requests.length;
    answerOfOrders = (response) => response.end('{}');
    const answers = await Promise.all(Array.from({ length: 50 }, () => health()));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(orders.requests.length - requestsBefore).toBeLessThan(50);
  });
});
