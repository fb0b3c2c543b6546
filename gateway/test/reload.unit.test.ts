import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import {
  startChangingSupergraph,
  underLoad,
  untilLive,
  type ChangingSupergraph,
} from './support/changing-supergraph.js';
import { ROOMY_LIMITS, startGateway, type TestGateway } from './support/gateway.js';
import { startServer } from './support/subgraph-server.js';

/** `npm run test:restarts` has more of them. */
const RELOADS = process.env['RESTARTS'] === 'long' ? 200 : 6;
const GATED = { greeter: { sdl: 'type Query { hello: String secret: String @authenticated }' } };

describe('a supergraph that changes', () => {
  let supergraph: ChangingSupergraph;
  let gateway: TestGateway;

  beforeAll(async () => {
    supergraph = await startChangingSupergraph();
  });

  afterEach(async () => {
    await gateway.stop();
  });

  afterAll(async () => {
    await supergraph.stop();
  });

  async function change(sdl: string): Promise<void> {
    await gateway.replaceSupergraph(sdl);
    await untilLive(gateway, sdl);
  }

  it(
    'loses no request under load, while subgraphs come, move and go',
    async () => {
      const { servers, composed, parts } = supergraph;
      const moved = composed({ points: { url: servers.movedPoints.url } });
      const versions = [moved, composed({ greeter: null }), composed()];
      const admin = { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' };
      gateway = await startGateway(parts(), { reloadIntervalMs: 5, admin });
      const answers = await underLoad(gateway, '{ me { name points } }', async () => {
        for (let reload = 0; reload < RELOADS; reload += 1) await change(versions[reload % versions.length] ?? '');
      });
      const expected = JSON.stringify({ status: 200, body: { data: { me: { name: 'Ada', points: 7 } } } });
      const failed = answers.map((answer) => JSON.stringify(answer)).filter((answer) => answer !== expected);
      process.stderr.write(`${RELOADS} reloads under load: ${failed.length} of ${answers.length} requests failed\n`);
      expect(failed).toEqual([]);
      expect(answers.length).toBeGreaterThan(RELOADS * 10);

      await change(composed());
      await change(moved);
      await eventually('no connection to where the subgraph was is left', () => servers.points.connections() === 0);
    },
    30_000 + RELOADS * 1_000,
  );

  it('keeps the connections to subgraphs that stay', async () => {
    const { servers, composed, parts } = supergraph;
    gateway = await startGateway(parts());
    await gateway.send({ query: '{ me { name } }' });
    const before = servers.people.connections();
    await gateway.replaceSupergraph(composed({ points: null }));
    await gateway.reload();
    expect((await gateway.send({ query: '{ me { name } }' })).body).toEqual({ data: { me: { name: 'Ada' } } });
    expect(servers.people.connections()).toBe(before);
  });

  it('leaves operations under way on the one that they began on, to the last step', async () => {
    let answerLater: (response: ServerResponse) => void = () => undefined;
    const reached = new Promise<ServerResponse>((resolve) => (answerLater = resolve));
    const slow = await startServer((_request, response) => {
      answerLater(response);
    });
    gateway = await startGateway(supergraph.parts({ people: { url: slow.url } }));
    const underWay = gateway.send({ query: '{ me { name points } }' });
    const response = await reached;

    // Neither the subgraph that is being asked is in it, nor the one that comes next.
    await gateway.replaceSupergraph(supergraph.composed({ people: null, points: null }));
    await gateway.reload();
    expect((await gateway.send({ query: '{ me { name } }' })).status).toBe(400);

    const data = { me: { __typename: 'Person', id: '1', name: 'Ada' } };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }));
    expect((await underWay).body).toEqual({ data: { me: { name: 'Ada', points: 7 } } });
    await eventually('the connections to the former subgraph are closed', () => slow.connections() === 0);
    await slow.stop();
  });

  it('is enforced from the moment on in which it is live', async () => {
    const [open, gated] = [supergraph.composed(), supergraph.composed(GATED)];
    const late: unknown[] = [];
    gateway = await startGateway(supergraph.parts(), { reloadIntervalMs: 5 });
    const answers = await underLoad(gateway, '{ secret }', async () => {
      for (const sdl of [gated, open, gated]) {
        await change(sdl);
        if (sdl === open) continue;
        late.push(...(await Promise.all(Array.from({ length: 20 }, () => gateway.send({ query: '{ secret }' })))));
      }
    });
    const isGiven = (answer: unknown): boolean => JSON.stringify(answer).includes('"secret":"secret"');
    const isDenied = (answer: unknown): boolean => JSON.stringify(answer).includes('"code":"UNAUTHENTICATED"');
    expect(late).toHaveLength(40);
    expect(late.filter((answer) => isGiven(answer) || !isDenied(answer))).toEqual([]);
    expect(answers.filter((answer) => isGiven(answer) === isDenied(answer))).toEqual([]);
    expect(answers.some(isGiven) && answers.some(isDenied)).toBe(true);
  });

  it('brings its own costs, and its own parts to the health of the system', async () => {
    gateway = await startGateway(supergraph.parts(), { limits: { ...ROOMY_LIMITS, cost: 100 } });
    expect((await gateway.send({ query: '{ hello }' })).status).toBe(200);
    const sdl = 'type Query { hello: String @cost(weight: 1000) }';
    await gateway.replaceSupergraph(supergraph.composed({ greeter: { sdl }, points: null }));
    await gateway.reload();
    const { status, body } = await gateway.send({ query: '{ hello }' });
    expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'OPERATION_TOO_COMPLEX']);
    expect(await (await fetch(`${gateway.url}/health`)).json()).toEqual({
      status: 'ready',
      gateway: 'ready',
      subgraphs: { greeter: 'ready', people: 'ready' },
    });
  });
});
