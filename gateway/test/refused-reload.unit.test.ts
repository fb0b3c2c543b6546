import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  digestOf,
  readinessOf,
  startChangingSupergraph,
  type ChangingSupergraph,
} from './support/changing-supergraph.js';
import { startGateway, type TestGateway } from './support/gateway.js';

const ADMINS_ONLY = {
  greeter: {
    sdl: 'type Query { hello: String @authenticated secret: String @requiresScopes(scopes: [["role:admin"]]) }',
  },
};
const SCOPES = '@requiresScopes(scopes: [["role:admin"]])';

describe('a supergraph that cannot be used', () => {
  let supergraph: ChangingSupergraph;
  let gateway: TestGateway;
  let gated: string;

  beforeAll(async () => {
    supergraph = await startChangingSupergraph();
    gated = supergraph.composed(ADMINS_ONLY);
    gateway = await startGateway(supergraph.parts(ADMINS_ONLY), { reloadIntervalMs: 0 });
  });

  afterAll(async () => {
    await gateway.stop();
    await supergraph.stop();
  });

  const errors = (): readonly string[] => gateway.log.filter((line) => line.includes('"level":"error"'));

  it.each<readonly [string, (good: string) => string]>([
    ['is empty', () => ''],
    ['is cut off', (good) => good.slice(0, good.length / 2)],
    ['is no GraphQL', () => '{{{'],
    ['has no subgraphs', () => 'type Query { hello: String }'],
    ['breaks the rules of GraphQL', (good) => good.replace('name: String', 'name: Missing')],
    ['has a subgraph without an address', (good) => good.replace(supergraph.servers.people.url, '')],
    ['demands scopes of another form', (good) => good.replace(SCOPES, '@requiresScopes(scopes: [{ role: "admin" }])')],
    ['demands scopes without naming any', (good) => good.replace(SCOPES, '@requiresScopes')],
    ['demands something by a misspelt directive', (good) => good.replace(SCOPES, '@requireScopes')],
    [
      'demands something by a directive of an unknown version',
      (good) => good.replace('requiresScopes/v0.1', 'requiresScopes/v9.9'),
    ],
    ['has a cost that is no number', (good) => good.replace(SCOPES, `${SCOPES} @cost(weight: "high")`)],
  ])('because it %s leaves the last good one live', async (_name, break_) => {
    const broken = break_(gated);
    expect(broken).not.toBe(gated);
    const errorsBefore = errors().length;
    await gateway.replaceSupergraph(broken);
    await gateway.reload();
    expect(errors()).toHaveLength(errorsBefore + 1);
    expect(errors().at(-1)).toContain('ConfigurationError');
    expect(await readinessOf(gateway)).toMatchObject({
      status: 'ready',
      checks: { supergraph: 'failing' },
      supergraph: { sha256: digestOf(gated) },
    });
    const { body } = await gateway.send({ query: '{ me { name points } secret }' });
    expect(body.data).toEqual({ me: { name: 'Ada', points: 7 }, secret: null });
    expect(body.errors?.map(({ extensions }) => extensions['code'])).toEqual(['UNAUTHENTICATED']);

    await gateway.replaceSupergraph(gated);
    await gateway.reload();
    expect(await readinessOf(gateway)).toMatchObject({ checks: { supergraph: 'ok' } });
  });

  it('says nothing when it is told to reload what has not changed', async () => {
    const before = [await readinessOf(gateway), gateway.log.filter((line) => line.includes('supergraph')).length];
    await Promise.all([gateway.reload(), gateway.reload()]);
    const after = [await readinessOf(gateway), gateway.log.filter((line) => line.includes('supergraph')).length];
    expect(after).toEqual(before);
  });
});
