import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@identity/service-kit/logger';
import { createGatewayApp } from '../src/app.js';
import type { GatewayConfig } from '../src/config.js';
import { compose, startGateway, temporaryFile, testConfig } from './support/gateway.js';
import { startServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello: String }';
const logger = createLogger({ service: 'gateway', level: 'silent' });

describe('starting', () => {
  const cleanups: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  async function appFor(supergraph: string, config: Partial<GatewayConfig> = {}) {
    const file = await temporaryFile('supergraph.graphql', supergraph);
    const app = createGatewayApp(testConfig({ supergraphPath: file.path, ...config }), { logger });
    cleanups.push(
      () => app.close(),
      () => file.remove(),
    );
    return app;
  }

  const composed = (url: string) => compose([{ name: 'greeter', sdl: SDL, url }]);
  const usable = composed('http://127.0.0.1:9/graphql');

  it.each<readonly [string, string, Partial<GatewayConfig>, string]>([
    [
      'without the file',
      usable,
      { supergraphPath: '/nowhere/supergraph.graphql' },
      'SUPERGRAPH_PATH: cannot read /nowhere/supergraph.graphql',
    ],
    ['with no GraphQL', '{{{', {}, 'is not a supergraph: Syntax Error'],
    ['with a schema that is no supergraph', SDL, {}, 'is not a supergraph: it names no subgraphs'],
    [
      'with a supergraph that breaks federation',
      usable.replace('hello: String', 'hello: Missing'),
      {},
      'SUPERGRAPH_PATH: the supergraph cannot be used',
    ],
    [
      'without an address',
      composed(''),
      {},
      'SUBGRAPH_URL_GREETER: the supergraph has no usable address for "greeter"',
    ],
    ['with an address of another kind', composed('unix:/run/greeter'), {}, 'SUBGRAPH_URL_GREETER'],
    [
      'with an address for nobody',
      usable,
      { subgraphUrls: { GRETER: 'http://127.0.0.1:9/graphql' } },
      'SUBGRAPH_URL_GRETER: the supergraph has no such subgraph',
    ],
    [
      'with an address that others on the way could read, where that is not allowed,',
      composed('http://greeter.example/graphql'),
      { plainHttpToSubgraphs: false },
      'SUBGRAPH_URL_GREETER: needs https://',
    ],
  ])('%s ends with a readable reason', async (_name, supergraph, config, reason) => {
    const app = await appFor(supergraph, config);
    await expect(app.start()).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining(reason),
    });
  });

  it('names the variable when the port is taken', async () => {
    const first = await appFor(usable);
    const port = Number(new URL(await first.start()).port);
    const second = await appFor(usable, { port });
    await expect(second.start()).rejects.toMatchObject({ message: expect.stringContaining('GATEWAY_PORT') });
  });

  it('reports nothing to the makers of its libraries', async () => {
    await (await appFor(usable)).start();
    expect(process.env['APOLLO_TELEMETRY_DISABLED']).toBe('true');
  });
});

describe('stopping', () => {
  it('answers what is under way, then refuses connections', async () => {
    let answerLater: (response: ServerResponse) => void = () => undefined;
    const reached = new Promise<ServerResponse>((resolve) => (answerLater = resolve));
    const subgraph = await startServer((_request, response) => {
      answerLater(response);
    });
    const gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }]);
    const underWay = gateway.send({ query: '{ hello }' });
    const response = await reached;
    const stopped = gateway.stop();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"hello":"still"}}');
    expect((await underWay).body).toEqual({ data: { hello: 'still' } });
    await stopped;
    await expect(fetch(`${gateway.url}/health/live`)).rejects.toThrow('fetch failed');
    await subgraph.stop();
  });

  it('goes on serving for a while, not ready, and closes each connection after its answer', async () => {
    let answerLater: (response: ServerResponse) => void = () => undefined;
    const reached = new Promise<ServerResponse>((resolve) => (answerLater = resolve));
    const subgraph = await startServer((_request, response) => {
      answerLater(response);
    });
    const gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], { drainDelayMs: 2_000 });
    const underWay = gateway.send({ query: '{ hello }' });
    const response = await reached;
    expect((await gateway.send({ query: '{ __typename }' })).headers.get('connection')).toBe('keep-alive');

    const stopped = gateway.stop();
    const ready = await fetch(`${gateway.url}/health/ready`);
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    const after = await gateway.send({ query: '{ __typename }' });
    expect([after.status, after.headers.get('connection')]).toEqual([200, 'close']);

    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"hello":"still"}}');
    const answer = await underWay;
    expect([answer.body, answer.headers.get('connection')]).toEqual([{ data: { hello: 'still' } }, 'close']);
    await stopped;
    await subgraph.stop();
  });

  it('is possible twice and before the start', async () => {
    const app = createGatewayApp(testConfig({ supergraphPath: 'unused' }), { logger });
    await app.close();
    await expect(app.close()).resolves.toBeUndefined();
  });
});
