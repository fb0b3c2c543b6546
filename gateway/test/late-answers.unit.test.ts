import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import { lastingPort } from '../../tests/torture/parts.js';
import { readApart, readUntil } from '../src/long-answers.js';
import { startGatewayProcess } from './support/gateway-process.js';
import { startServer } from './support/subgraph-server.js';

const SDL = 'scalar JSON type Query { json: JSON }';
/** Takes some ten milliseconds to read, and as much again to write. */
const LONG = `{"data":{"json":[${Array.from({ length: 100_000 }, () => '{}').join(',')}]}}`;
const SUBGRAPH_TIMEOUT_MS = '500';
/** Together they take seconds. */
const CLIENTS = 100;
/** A line, as the gateway ends it. */
const GIVEN = `${LONG}\n`;
const BODY = JSON.stringify({ query: '{ json }' });

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

describe('answers that have to wait for others to be read', () => {
  it('are given up when it is too late for them', async () => {
    const subgraph = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(LONG);
    });
    const adminPort = await lastingPort();
    const gateway = await startGatewayProcess([{ name: 'only', sdl: SDL, url: subgraph.url }], {
      SUBGRAPH_TIMEOUT_MS,
      GATEWAY_ADMIN_PORT: String(adminPort),
    });
    cleanups.push(gateway.stop, subgraph.stop);

    async function ask(): Promise<string> {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: BODY });
      return response.text();
    }

    expect(await ask()).toBe(GIVEN);
    const answers = await Promise.all(Array.from({ length: CLIENTS }, ask));
    const refused = answers.filter((text) => text !== GIVEN);
    expect(refused.length).toBeLessThan(CLIENTS);
    for (const text of refused) {
      expect(JSON.parse(text)).toMatchObject({
        data: { json: null },
        errors: [{ path: ['json'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'only' } }],
      });
    }
    const metrics = await (await fetch(`http://127.0.0.1:${String(adminPort)}/metrics`)).text();
    expect(metrics).toMatch(/calls_shed_total\{subgraph="only",reason="answer_waited_too_long"[^}]*\} [1-9]/);
    // The subgraph has answered all the time.
    await eventually('it is asked again', async () => (await ask()) === GIVEN);
  });

  it('are not weighed or read then', async () => {
    const admits = (): boolean => {
      throw new Error('weighed');
    };
    const reading = readApart('{', admits, readUntil(false, 0));
    await expect(reading).rejects.toMatchObject({ reason: 'answer_waited_too_long' });
  });

  it('are always read when they tell of a mutation', async () => {
    expect(await readApart('{}', () => true, readUntil(true, 0))).toEqual({});
  });
});
