import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { BOTH_WAYS, ROOMY_LIMITS, startGateway } from './support/gateway.js';
import { startServer } from './support/subgraph-server.js';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost"])
  type Query { heavy: Int @cost(weight: 60) light: Int }
`;
const LIMITS = { ...ROOMY_LIMITS, cost: 100 };
const HEAVY_AT_ONCE = 16;
const MAX_WAITING = 4;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

describe.each(BOTH_WAYS)('heavy operations, $way', ({ compilePlans }) => {
  it('are executed a few at once; light ones pass by them', async () => {
    const held: ServerResponse[] = [];
    let isHolding = false;
    const answer = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"heavy":1,"light":1}}');
    };
    const subgraph = await startServer(({ body }, response) => {
      if (isHolding && body.includes('heavy')) held.push(response);
      else answer(response);
    });
    const config = { compilePlans, limits: LIMITS, subgraphMaxQueue: MAX_WAITING };
    const gateway = await startGateway([{ name: 'only', sdl: SDL, url: subgraph.url }], config);
    cleanups.push(gateway.stop, subgraph.stop);
    const heavy = () => gateway.send({ query: '{ heavy }' });
    expect(await heavy()).toMatchObject({ status: 200, body: { data: { heavy: 1 } } });

    isHolding = true;
    const sent = Array.from({ length: HEAVY_AT_ONCE + MAX_WAITING }, heavy);
    await eventually('as many as may are executed', () => Promise.resolve(held.length === HEAVY_AT_ONCE));
    await eventually('no more may wait', async () => (await heavy()).status === 503);
    const refused = await heavy();
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', service: 'gateway' } }],
    });
    expect(await gateway.send({ query: '{ light }' })).toMatchObject({ status: 200, body: { data: { light: 1 } } });
    expect(held).toHaveLength(HEAVY_AT_ONCE);

    isHolding = false;
    held.forEach(answer);
    const answers = await Promise.all(sent);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(HEAVY_AT_ONCE);
    expect(await heavy()).toMatchObject({ status: 200, body: { data: { heavy: 1 } } });
  });
});

describe('the time of a heavy operation', () => {
  it('goes on when it has waited for its turn and is handed over to Apollo', async () => {
    const held: ServerResponse[] = [];
    let isHolding = false;
    const answer = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"heavy":1}}');
    };
    const subgraph = await startServer((_request, response) => {
      if (isHolding) held.push(response);
      else answer(response);
    });
    const config = { compilePlans: false, limits: LIMITS, subgraphTimeoutMs: 3_000, requestTimeoutMs: 3_000 };
    const gateway = await startGateway([{ name: 'only', sdl: SDL, url: subgraph.url }], config);
    cleanups.push(gateway.stop, subgraph.stop);
    const heavy = () => gateway.send({ query: '{ heavy }' });
    await heavy();

    isHolding = true;
    const others = Array.from({ length: HEAVY_AT_ONCE }, heavy);
    await eventually('as many as may are executed', () => Promise.resolve(held.length === HEAVY_AT_ONCE));
    const sentAt = performance.now();
    const late = heavy();
    // Most of what it may wait, which is a third of the time of a call.
    setTimeout(() => held.splice(0, 1).forEach(answer), 900);
    expect(await late).toMatchObject({ body: { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] } });
    // With the questions whether the subgraph is live.
    expect(held.length).toBeGreaterThanOrEqual(HEAVY_AT_ONCE);
    expect(performance.now() - sentAt).toBeLessThan(3_600);
    await Promise.all(others);
  });
});
