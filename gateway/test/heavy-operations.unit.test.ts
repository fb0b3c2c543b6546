import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { BOTH_WAYS, ROOMY_LIMITS, startGateway } from './support/gateway.js';
import { startServer } from './support/subgraph-server.js';

const sdlWith = (weight: number) => `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@cost"])
  type Query { heavy: Int @cost(weight: ${String(weight)}) light: Int @cost(weight: ${String(weight - 1)}) secret: Int @authenticated }
`;
const SDL = sdlWith(60);
const LIMITS = { ...ROOMY_LIMITS, cost: 100 };
const HEAVY_AT_ONCE = 16;
const MAX_WAITING = 4;
const MIB = 1_024 * 1_024;

/** What may be set, and how many are executed at once then. */
const SETTINGS = [
  { what: 'of a tenth of what one may cost', config: { limits: LIMITS }, weight: 11, atOnce: HEAVY_AT_ONCE },
  {
    what: 'where one may cost anything',
    config: { limits: { ...LIMITS, cost: 1e7 } },
    weight: 301,
    atOnce: HEAVY_AT_ONCE,
  },
  { what: 'where answers may be large', config: { limits: LIMITS, maxAnswerBytes: 8 * MIB }, weight: 11, atOnce: 4 },
  { what: 'where one answer may be all', config: { limits: LIMITS, maxAnswerBytes: 64 * MIB }, weight: 11, atOnce: 1 },
];

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

describe.each(BOTH_WAYS)('heavy operations, $way', ({ compilePlans }) => {
  it.each(SETTINGS)('are executed a few at once, $what; light ones pass by them', async (setting) => {
    const { atOnce } = setting;
    const sdl = sdlWith(setting.weight);
    const held: ServerResponse[] = [];
    let isHolding = false;
    const answer = (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"heavy":1,"light":1}}');
    };
    const subgraph = await startServer(({ body }, response) => {
      if (isHolding && body.includes('heavy')) held.push(response);
      else answer(response);
    });
    const config = { compilePlans, subgraphMaxQueue: MAX_WAITING, ...setting.config };
    const gateway = await startGateway([{ name: 'only', sdl, url: subgraph.url }], config);
    cleanups.push(gateway.stop, subgraph.stop);
    const heavy = () => gateway.send({ query: '{ heavy }' });
    expect(await heavy()).toMatchObject({ status: 200, body: { data: { heavy: 1 } } });

    isHolding = true;
    const sent = Array.from({ length: atOnce + MAX_WAITING }, heavy);
    await eventually('as many as may are executed', () => Promise.resolve(held.length === atOnce));
    await eventually('no more may wait', async () => (await heavy()).status === 503);
    const refused = await heavy();
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', service: 'gateway' } }],
    });
    expect(await gateway.send({ query: '{ light }' })).toMatchObject({ status: 200, body: { data: { light: 1 } } });
    expect(held).toHaveLength(atOnce);

    isHolding = false;
    held.forEach(answer);
    const answers = await Promise.all(sent);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(atOnce);
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

describe('a heavy operation that is not executed as a compiled one', () => {
  it('waits for its turn once', async () => {
    const held: { readonly body: string; readonly answer: () => void }[] = [];
    let isHolding = false;
    const subgraph = await startServer(({ body }, response) => {
      const answer = (): void => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{}}');
      };
      if (isHolding && !body.includes('light')) held.push({ body, answer });
      else answer();
    });
    const gateway = await startGateway([{ name: 'only', sdl: sdlWith(11), url: subgraph.url }], { limits: LIMITS });
    cleanups.push(gateway.stop, subgraph.stop);
    // The caller is denied a part of it.
    const early = () => gateway.send({ query: '{ early: heavy secret }' });
    const late = () => gateway.send({ query: '{ late: heavy }' });
    await Promise.all([early(), late()]);

    isHolding = true;
    const others = Array.from({ length: HEAVY_AT_ONCE }, () => gateway.send({ query: '{ heavy }' }));
    await eventually('as many as may are executed', () => held.length === HEAVY_AT_ONCE);
    const sent = [early()];
    // By the time that these have been answered it stands in the line.
    for (const number of [1, 2, 3]) await gateway.send({ query: `{ light${String(number)}: light }` });
    sent.push(late());
    for (const number of [4, 5, 6]) await gateway.send({ query: `{ light${String(number)}: light }` });
    held.splice(0, 1).forEach(({ answer }) => {
      answer();
    });
    await eventually('one more is executed', () => held.length === HEAVY_AT_ONCE);
    expect(held.at(-1)?.body).toContain('early');

    isHolding = false;
    held.forEach(({ answer }) => {
      answer();
    });
    await Promise.all([...others, ...sent]);
  });
});
