import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GatewayConfig } from '../src/config.js';
import { bodyOf, BOTH_WAYS, startGateway, type TestAnswer, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: Int } type Mutation { change: Int }';
const QUERY = { query: '{ hello }' };
const MUTATION = { query: 'mutation { change }' };
const ORIGIN = 'https://app.example.com';
const NOW = new Date('2026-01-01T00:00:00Z');

describe('a limit of requests by network', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeEach(async () => {
    // The time of day alone: what waits for the network must go on.
    jest.useFakeTimers({
      now: NOW,
      doNotFake: [
        ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const),
        ...(['nextTick', 'queueMicrotask', 'performance', 'hrtime'] as const),
      ],
    });
    subgraph = await startSubgraph(SDL, { Query: { hello: () => 1 }, Mutation: { change: () => 2 } });
  });

  afterEach(async () => {
    jest.useRealTimers();
    await gateway.stop();
    await subgraph.stop();
  });

  async function start(config: Partial<GatewayConfig>): Promise<void> {
    gateway = await startGateway([{ name: 'one', sdl: SDL, url: subgraph.url }], {
      admin: { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' },
      corsOrigins: [ORIGIN],
      ...config,
    });
  }

  function passTime(seconds: number): void {
    jest.setSystemTime(Date.now() + seconds * 1_000);
  }

  function sendFrom(forwardedFor: string, request: object = QUERY): Promise<TestAnswer> {
    return gateway.send(request, { 'x-forwarded-for': forwardedFor });
  }

  /** The statuses of requests that are sent one after the other. */
  async function statusesOf(...sends: readonly (() => Promise<TestAnswer>)[]): Promise<readonly number[]> {
    const statuses: number[] = [];
    for (const send of sends) statuses.push((await send()).status);
    return statuses;
  }

  async function counted(metric: string): Promise<number> {
    const url = /"url":"(http:[^"]+)"[^}]*operators/.exec(gateway.log.join(''))?.[1] ?? '';
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^identity_gateway_${metric}\\S* (\\d+)$`, 'm').exec(metrics)?.[1]);
  }

  it.each(BOTH_WAYS)('refuses what is beyond it, and says when to come back, $way', async ({ compilePlans }) => {
    await start({ compilePlans, requestsByNetwork: [{ attempts: 3, seconds: 60 }] });
    for (let time = 0; time < 3; time += 1) expect(await gateway.send(QUERY)).toMatchObject({ status: 200 });
    passTime(20);
    for (const request of [QUERY, MUTATION, { query: '{' }]) {
      const refused = await gateway.send(request, { origin: ORIGIN });
      expect(refused).toMatchObject({
        status: 429,
        body: { errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 40 } }] },
      });
      expect(Object.fromEntries(refused.headers)).toMatchObject({
        'retry-after': '40',
        'cache-control': 'no-store',
        'content-type': 'application/json; charset=utf-8',
        'access-control-allow-origin': ORIGIN,
      });
    }
    expect(subgraph.requests).toHaveLength(3);
    expect(await counted('requests_rate_limited_total')).toBe(3);
    const lines = gateway.log.filter((line) => line.includes('RATE_LIMITED'));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ status: 429, clientAddress: '127.0.0.1' });

    passTime(40);
    expect(await gateway.send(QUERY)).toMatchObject({ status: 200, body: { data: { hello: 1 } } });
  });

  it('counts both ways through the endpoint together, and each request once', async () => {
    await start({ requestsByNetwork: [{ attempts: 4, seconds: 60 }] });
    const [query, mutation] = [() => gateway.send(QUERY), () => gateway.send(MUTATION)];
    expect(await statusesOf(query, query, mutation, query, query, mutation)).toEqual([200, 200, 200, 200, 429, 429]);
    expect(await counted('known_queries_total')).toBe(2);
  });

  it('counts those that come at once', async () => {
    await start({ requestsByNetwork: [{ attempts: 5, seconds: 60 }] });
    await gateway.send(QUERY);
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.send(QUERY)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(16);
  });

  it('does not let what is refused in a short time use up a longer one', async () => {
    await start({
      requestsByNetwork: [
        { attempts: 2, seconds: 10 },
        { attempts: 3, seconds: 600 },
      ],
    });
    const query = () => gateway.send(QUERY);
    expect(await statusesOf(query, query, query, query, query)).toEqual([200, 200, 429, 429, 429]);
    passTime(10);
    expect(await statusesOf(query, query)).toEqual([200, 429]);
    expect((await query()).headers.get('retry-after')).toBe('590');
  });

  it('does not believe what a client says of its address', async () => {
    await start({ requestsByNetwork: [{ attempts: 2, seconds: 60 }] });
    const sends = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => () => sendFrom(address));
    expect(await statusesOf(...sends)).toEqual([200, 200, 429]);
  });

  it('believes as many proxies as it is told of, and tells networks apart by what they say', async () => {
    await start({ trustedProxyHops: 1, requestsByNetwork: [{ attempts: 1, seconds: 60 }] });
    const known = await sendFrom('192.0.2.200');
    expect(known.status).toBe(200);
    for (const [first, same] of [
      ['192.0.2.1', '198.51.100.7, 192.0.2.1'],
      ['2001:db8:1:2::1', '2001:DB8:1:2:ffff::9'],
      ['unknown', 'another that is no address'],
    ] as const) {
      const sends = [() => sendFrom(first), () => sendFrom(same), () => sendFrom(same, MUTATION)];
      expect([first, await statusesOf(...sends)]).toEqual([first, [200, 429, 429]]);
    }
    expect(
      await statusesOf(
        () => sendFrom('192.0.2.2'),
        () => sendFrom('2001:db8:1:3::1'),
      ),
    ).toEqual([200, 200]);
  });

  it('counts neither health checks nor what browsers ask beforehand', async () => {
    await start({ requestsByNetwork: [{ attempts: 1, seconds: 60 }] });
    const preflight = { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST' } };
    expect((await fetch(`${gateway.url}/graphql`, preflight)).status).toBe(204);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    expect((await gateway.send(QUERY)).status).toBe(200);
    expect((await gateway.send(QUERY)).status).toBe(429);
    expect((await fetch(`${gateway.url}/graphql`, preflight)).status).toBe(204);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    const page = await fetch(`${gateway.url}/graphql?query={hello}`, { headers: { 'apollo-require-preflight': '1' } });
    expect([page.status, await bodyOf(page)]).toMatchObject([429, { errors: [{ extensions: { retryAfter: 60 } }] }]);
  });
});
