import { createHash } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../tests/harness/eventually.js';
import type { SafelistMode } from '../src/persisted-operations/safelist.js';
import { startGateway, temporaryFile, type TestGateway } from './support/gateway.js';
import { startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { hello(to: String): String bye: String } type Mutation { change: Boolean }';

const HELLO = 'query Hello($to: String) {\n  hello(to: $to)\n}';
const CHANGE = 'mutation Change {\n  change\n}';
const BYE = 'query Bye {\n  bye\n}';

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

const ofApollo = (...operations: readonly (readonly [id: string, body: string])[]) =>
  JSON.stringify({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: operations.map(([id, body]) => ({ id, name: 'Name', type: 'query', body })),
  });
const ofCodegen = (...operations: readonly (readonly [id: string, body: string])[]) =>
  JSON.stringify(Object.fromEntries(operations));

const byId = (id: string, more: object = {}) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: id } },
  ...more,
});

const REFUSED = { status: 400, codes: ['PERSISTED_QUERY_NOT_FOUND'] };
const ANSWERED = { status: 200, codes: [] };

let subgraph: SubgraphServer;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  subgraph = await startSubgraph(SDL, {
    Query: { hello: () => 'hello', bye: () => 'bye' },
    Mutation: { change: () => true },
  });
});

afterAll(async () => {
  await subgraph.stop();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startWith(mode: SafelistMode, ...manifests: readonly string[]) {
  const files = await Promise.all(manifests.map((manifest) => temporaryFile('manifest.json', manifest)));
  cleanups.push(...files.map((file) => () => file.remove()));
  const gateway = await startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
    persistedOperations: { mode, manifests: files.map(({ path }) => path) },
  });
  cleanups.push(() => gateway.stop());
  return { gateway, paths: files.map(({ path }) => path) };
}

async function outcomeOf(gateway: TestGateway, request: object) {
  const { status, body } = await gateway.send(request);
  return { status, codes: body.errors?.map(({ extensions }) => extensions['code']) ?? [] };
}

const warnings = (gateway: TestGateway) => gateway.log.filter((line) => line.includes('is in no manifest'));

describe.each([
  ['of Apollo', ofApollo],
  ['of codegen', ofCodegen],
])('a manifest %s that is required', (_form, manifestOf) => {
  it('lets its operations in, by id or in full', async () => {
    const { gateway } = await startWith('require', manifestOf([digest(HELLO), HELLO], ['custom-id', CHANGE]));
    const answers = await Promise.all([
      gateway.send(byId(digest(HELLO), { variables: { to: 'you' } })),
      gateway.send({ documentId: `sha256:${digest(HELLO)}` }),
      gateway.send({ documentId: digest(HELLO) }),
      gateway.send({ query: HELLO }),
      gateway.send(byId(digest(HELLO), { query: HELLO })),
      gateway.send({ query: ` # as another printer writes it\nquery Hello($to:String){hello(to:$to,)}` }),
    ]);
    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual(
      answers.map(() => ({ status: 200, body: { data: { hello: 'hello' } } })),
    );
    expect((await gateway.send({ documentId: 'custom-id' })).body).toEqual({ data: { change: true } });
    expect((await gateway.send(byId('custom-id', { query: CHANGE }))).body).toEqual({ data: { change: true } });
  });

  it('lets them in by ids that begin with the name of the digest, or do not', async () => {
    const { gateway } = await startWith(
      'require',
      manifestOf([`sha256:${digest(HELLO)}`, HELLO], ['custom-id', CHANGE]),
    );
    for (const id of [digest(HELLO), `sha256:${digest(HELLO)}`])
      for (const request of [{ documentId: id }, byId(id)])
        expect({ request, ...(await outcomeOf(gateway, request)) }).toEqual({ request, ...ANSWERED });
    for (const id of ['custom-id', 'sha256:custom-id'])
      expect((await gateway.send({ documentId: id })).body).toEqual({ data: { change: true } });
    expect(await outcomeOf(gateway, { documentId: 'sha256:' })).toEqual(REFUSED);
    expect(await outcomeOf(gateway, { documentId: 'sha256:sha256:custom-id' })).toEqual(REFUSED);
  });

  it('refuses whatever else there is', async () => {
    const { gateway } = await startWith('require', manifestOf([digest(HELLO), HELLO], ['custom-id', CHANGE]));
    const calls = subgraph.requests.length;
    for (const request of [
      { query: BYE },
      { query: `${HELLO} ${BYE}`, operationName: 'Bye' },
      { query: '{ not GraphQL "' },
      { query: '' },
      { query: '{ __schema { types { name } } }' },
      byId(digest(BYE)),
      byId(digest(BYE), { query: BYE }),
      byId(digest(BYE)),
      byId(digest(HELLO), { query: BYE }),
      byId(''),
      { documentId: 'unknown' },
      { documentId: '' },
      { documentId: digest(HELLO), query: BYE },
      byId(digest(BYE), { documentId: digest(HELLO) }),
    ])
      expect({ request, ...(await outcomeOf(gateway, request)) }).toEqual({ request, ...REFUSED });
    expect(subgraph.requests).toHaveLength(calls);
    expect(gateway.log.join('\n')).not.toContain('bye');
  });
});

describe('persisted operations over HTTP', () => {
  it('come by GET too, where they change nothing', async () => {
    const { gateway } = await startWith('require', ofCodegen([digest(HELLO), HELLO], ['custom-id', CHANGE]));
    const get = async (parameters: Readonly<Record<string, string>>) => {
      const response = await fetch(`${gateway.url}/graphql?${String(new URLSearchParams(parameters))}`, {
        headers: { 'apollo-require-preflight': '1' },
      });
      return { status: response.status, body: await response.text() };
    };
    const hello = { status: 200, body: '{"data":{"hello":"hello"}}\n' };
    expect(await get({ documentId: `sha256:${digest(HELLO)}` })).toEqual(hello);
    expect(await get({ extensions: JSON.stringify(byId(digest(HELLO)).extensions) })).toEqual(hello);
    expect(await get({ query: HELLO })).toEqual(hello);
    expect(await get({ query: BYE })).toMatchObject({ status: 400 });
    expect(await get({ documentId: 'custom-id' })).toMatchObject({ status: 405 });
  });

  it('may be those of several clients', async () => {
    const { gateway } = await startWith('require', ofApollo(['1', HELLO]), ofCodegen(['2', BYE]));
    expect((await gateway.send({ documentId: '1' })).body).toEqual({ data: { hello: 'hello' } });
    expect((await gateway.send({ documentId: '2' })).body).toEqual({ data: { bye: 'bye' } });
    expect(await outcomeOf(gateway, { query: BYE })).toEqual(ANSWERED);
    expect(await outcomeOf(gateway, { documentId: '3' })).toEqual(REFUSED);
  });
});

describe('a manifest that is compared with', () => {
  it('lets everything in, and tells what it does not know', async () => {
    const { gateway } = await startWith('log', ofApollo(['custom-id', HELLO]));
    expect(await outcomeOf(gateway, { documentId: 'custom-id' })).toEqual(ANSWERED);
    expect(await outcomeOf(gateway, { query: HELLO })).toEqual(ANSWERED);
    expect(warnings(gateway)).toEqual([]);

    expect(await outcomeOf(gateway, byId(digest(BYE)))).toEqual({ ...REFUSED, status: 200 });
    expect(await outcomeOf(gateway, byId(digest(BYE), { query: BYE }))).toEqual(ANSWERED);
    expect(await outcomeOf(gateway, byId(digest(BYE)))).toEqual(ANSWERED);
    expect(warnings(gateway).map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: 'warn', sha256: digest(BYE), requestId: expect.any(String) },
      { level: 'warn', sha256: digest(BYE) },
    ]);
  });

  it('tells no digest of a text in which something is quoted', async () => {
    const { gateway } = await startWith('log', ofApollo(['custom-id', HELLO]));
    expect(await outcomeOf(gateway, { query: '{ hello(to: "hunter2") }' })).toEqual(ANSWERED);
    expect(warnings(gateway)).toHaveLength(1);
    expect(JSON.parse(warnings(gateway)[0] ?? '{}')).not.toHaveProperty('sha256');
  });
});

describe('the file of a manifest', () => {
  it('is followed, and a broken one changes nothing', async () => {
    const { gateway, paths } = await startWith('require', ofApollo(['1', HELLO]));
    const [path = ''] = paths;
    const replaceBy = async (content: string) => {
      await writeFile(`${path}.new`, content);
      await rename(`${path}.new`, path);
    };
    await replaceBy(ofCodegen(['2', BYE]));
    await eventually(
      'the new manifest is in use',
      async () => (await gateway.send({ documentId: '2' })).status === 200,
    );
    expect(await outcomeOf(gateway, { documentId: '1' })).toEqual(REFUSED);
    expect(await outcomeOf(gateway, { query: HELLO })).toEqual(REFUSED);

    await replaceBy(ofCodegen(['2', HELLO]));
    await eventually('the id stands for another text', async () => {
      const { data } = (await gateway.send({ documentId: '2' })).body;
      return JSON.stringify(data) === '{"hello":"hello"}';
    });

    await replaceBy('{"2": ');
    await eventually('the broken manifest is logged', () =>
      gateway.log.some((line) => line.includes('PERSISTED_OPERATIONS_MANIFEST')),
    );
    expect(await outcomeOf(gateway, { documentId: '2' })).toEqual(ANSWERED);
  });

  it.each<readonly [string, string | null]>([
    ['is missing', null],
    ['is no JSON', '{'],
    ['is a list', '[]'],
    ['has another version', ofApollo(['1', HELLO]).replace('"version":1', '"version":2')],
    ['has an operation without a text', ofApollo(['1', HELLO]).replace('"body"', '"text"')],
    ['has an empty id', ofCodegen(['', HELLO])],
    ['is what a server has to say instead', '{"code":"NOT_FOUND","message":"There is nothing here"}'],
    ['has a text that is no GraphQL', ofCodegen(['1', 'query { "'])],
    ['has two texts for one id', ofApollo(['1', HELLO], ['1', BYE])],
  ])('stops the start when it %s', async (_what, content) => {
    const manifest = await temporaryFile('manifest.json', content ?? '');
    if (content === null) await manifest.remove();
    else cleanups.push(() => manifest.remove());
    const start = startGateway([{ name: 'greeter', sdl: SDL, url: subgraph.url }], {
      persistedOperations: { mode: 'require', manifests: [manifest.path] },
    });
    await expect(start).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining('- PERSISTED_OPERATIONS_MANIFEST: '),
    });
  });
});
