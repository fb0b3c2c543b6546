import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { startGateway, type TestGateway } from './support/gateway.js';

const SUBGRAPH = { name: 'greeter', sdl: 'type Query { hello: String }', url: 'http://127.0.0.1:9/graphql' };
const FROM_A_BROWSER = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
const EXAMPLES = new URL('../examples/operations.graphql', import.meta.url);

describe('the explorers', () => {
  let open: TestGateway;
  let closed: TestGateway;

  beforeAll(async () => {
    open = await startGateway([SUBGRAPH]);
    closed = await startGateway([SUBGRAPH], { introspection: false, sandbox: false, altair: false });
  });

  afterAll(async () => {
    await open.stop();
    await closed.stop();
  });

  async function page(gateway: TestGateway, path: string) {
    const response = await fetch(`${gateway.url}${path}`, FROM_A_BROWSER);
    const [type, framing] = ['content-type', 'x-frame-options'].map((name) => response.headers.get(name) ?? '');
    return { status: response.status, type, framing, text: await response.text() };
  }

  it('Sandbox is at /graphql with the examples, and reports nothing to its maker', async () => {
    const { status, type, framing, text } = await page(open, '/graphql');
    expect(status).toBe(200);
    expect(framing).toBe('DENY');
    expect(type).toMatch(/^text\/html/);
    expect(text).toContain('embeddable-sandbox');
    expect(text).toContain('mutation Register');
    expect(text).toContain('"runTelemetry":false');
  });

  it.each(['/altair', '/altair/'])('Altair is at %s with the examples and nothing from elsewhere', async (path) => {
    const { status, type, framing, text } = await page(open, path);
    expect(status).toBe(200);
    expect(framing).toBe('DENY');
    expect(type).toMatch(/^text\/html/);
    expect(text).toContain('mutation Register');
    expect(text).toContain('<base href="/altair/">');
    const sources = [...text.matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+)"/g)].map(
      ([, source]) => source ?? '',
    );
    expect(sources).not.toHaveLength(0);
    for (const source of sources) expect((await page(open, `/altair/${source}`)).status).toBe(200);
  });

  it('are away when switched off', async () => {
    const sandbox = await page(closed, '/graphql');
    expect(sandbox.status).toBe(400);
    expect(sandbox.type).toMatch(/^application\/json/);
    const altair = await page(closed, '/altair');
    expect(altair.status).toBe(404);
    expect(altair.type).toMatch(/^application\/json/);
    expect((await page(closed, '/altair/main.js')).status).toBe(404);
  });

  it('offer operations that fit the API', async () => {
    const schema = buildSchema(await readFile(new URL('../../schema/api.graphql', import.meta.url), 'utf8'));
    expect(validate(schema, parse(await readFile(EXAMPLES, 'utf8')))).toEqual([]);
  });
});
