import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startGatewayProcess, type GatewayProcess } from './support/gateway-process.js';
import { startServer, type SubgraphServer } from './support/subgraph-server.js';

jest.setTimeout(120_000);

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost"])';
const MIB = 1_024 * 1_024;
/** What a container has. */
const MAX_RESIDENT_MIB = 512;
/** How long a light operation may take while this machine also plays its clients and subgraphs. */
const MAX_LIGHT_MS = 10_000;
const HEAVY_CLIENTS = 256;
/** As much as may be: a call to a subgraph brings 2 MiB at most, with what is around this. */
const ROOM = 2 * MIB - 64;
const text = (length: number): string => JSON.stringify('x'.repeat(length));
const objects = (count: number): string => `[${Array.from({ length: count }, () => '{}').join(',')}]`;
/** An object in a list weighs 16 bytes, and nothing takes more memory when it has been read. */
const MOST_OBJECTS = objects(ROOM / 16 - 8);
const LARGEST = {
  'one text': text(ROOM - 2),
  'empty objects': `[${MOST_OBJECTS},${text(ROOM - MOST_OBJECTS.length - 5)}]`,
  'more empty objects than it may have': objects(Math.floor(ROOM / 3) - 1),
};
const JSON_HEADERS = { 'content-type': 'application/json' };

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A subgraph that answers everything with the same, some of it late. */
async function answering(data: string, delayMs: (operation: string) => number = () => 0): Promise<SubgraphServer> {
  const subgraph = await startServer(({ body }, response) => {
    setTimeout(() => response.writeHead(200, JSON_HEADERS).end(`{"data":${data}}`), delayMs(body));
  });
  cleanups.push(subgraph.stop);
  return subgraph;
}

async function ask({ url }: GatewayProcess, query: string) {
  const startedAt = performance.now();
  const body = JSON.stringify({ query });
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: JSON_HEADERS, body });
  const { length } = await response.text();
  return { status: response.status, length, took: performance.now() - startedAt };
}

/** Tells how it goes, for whoever has to choose bounds. */
async function expectBounded(gateway: GatewayProcess, what: string): Promise<void> {
  expect(gateway.crashes).toEqual([]);
  const peak = await gateway.peakMib();
  process.stderr.write(`At most ${peak.toFixed(0)} MiB in a gateway with ${what}\n`);
  expect(peak).toBeLessThan(MAX_RESIDENT_MIB);
}

describe('256 heavy operations at once', () => {
  it.each(Object.entries(LARGEST))(
    'that bring as much as they may, of %s, leave the gateway alive',
    async (what, big) => {
      // What is there already is kept until the rest has come.
      const late = (operation: string): number => (operation.includes('late') ? 400 : 0);
      const gateway = await startGatewayProcess([
        {
          name: 'big',
          sdl: `${LINK} scalar JSON type Query { big: JSON @cost(weight: 1200) }`,
          url: (await answering(`{"big":${big}}`)).url,
        },
        {
          name: 'other',
          sdl: `${LINK} type Query { light: Int late: Int }`,
          url: (await answering('{"light":1,"late":1}', late)).url,
        },
      ]);
      cleanups.push(gateway.stop);
      const heavy = () => ask(gateway, '{ big late }');
      for (const query of ['{ big late }', '{ light }'])
        expect(await ask(gateway, query)).toMatchObject({ status: 200 });

      const lights: Awaited<ReturnType<typeof ask>>[] = [];
      const over = new AbortController();
      const askOn = async (): Promise<void> => {
        while (!over.signal.aborted) lights.push(await ask(gateway, '{ light }'));
      };
      const asking = askOn();
      const answers = await Promise.all(Array.from({ length: HEAVY_CLIENTS }, heavy)).finally(() => {
        over.abort();
      });
      await asking;
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
      expect(lights.every(({ status }) => status === 200)).toBe(true);
      expect(lights.length).toBeGreaterThan(1);
      expect(Math.max(...lights.map(({ took }) => took))).toBeLessThan(MAX_LIGHT_MS);
      await expectBounded(gateway, `heavy operations of ${what}`);
    },
  );
});

describe('clients that keep a gateway waiting, far beyond the limit', () => {
  const BODY_LIMIT = MIB / 2;
  const UNFINISHED = 1_300;
  const UNREAD = 32;
  const REQUESTS_EACH = 20;
  /** On a slow machine everything is to be executed, too. */
  const PATIENT = { SUBGRAPH_TIMEOUT_MS: '30000', REQUEST_TIMEOUT_MS: '30000' };
  const HEAD = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

  async function start(): Promise<{ readonly gateway: GatewayProcess; readonly subgraph: SubgraphServer }> {
    const subgraph = await answering(`{"hello":"${'x'.repeat(MIB)}"}`);
    const gateway = await startGatewayProcess(
      [{ name: 'greeter', sdl: 'type Query { hello: String }', url: subgraph.url }],
      { BODY_LIMIT_BYTES: String(BODY_LIMIT), ...PATIENT },
    );
    cleanups.push(gateway.stop);
    expect((await ask(gateway, '{ hello }')).status).toBe(200);
    return { gateway, subgraph };
  }

  /** Opens a connection that reads nothing; it has sent its bytes then, or has been closed. */
  async function send({ port }: GatewayProcess, bytes: string): Promise<void> {
    const socket = connect(port, '127.0.0.1').pause();
    cleanups.push(() => socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await Promise.race([closed, new Promise((resolve) => socket.write(bytes, resolve))]);
  }

  it('with bodies that they do not finish, take no memory without bound', async () => {
    const { gateway } = await start();
    const head = `${HEAD}content-length: ${String(BODY_LIMIT)}\r\n\r\n`;
    for (let count = 0; count < UNFINISHED; count += 1) await send(gateway, head + 'x'.repeat(BODY_LIMIT - 1));
    expect((await ask(gateway, '{ __typename }')).status).toBe(200);
    await expectBounded(gateway, 'unfinished bodies');
  });

  it('with answers that they do not read, take no memory without bound', async () => {
    const { gateway, subgraph } = await start();
    const body = JSON.stringify({ query: '{ hello }' });
    const request = `${HEAD}content-length: ${String(body.length)}\r\n\r\n${body}`;
    const wanted = subgraph.requests.length + UNREAD * REQUESTS_EACH;
    // Not every request gets as far as that: on a busy machine the subgraph is slow, and counts as broken for a while.
    while (subgraph.requests.length < wanted) {
      await send(gateway, request.repeat(REQUESTS_EACH));
      await ask(gateway, '{ hello }');
    }
    expect((await ask(gateway, '{ __typename }')).status).toBe(200);
    await expectBounded(gateway, 'unread answers');
  });
});
