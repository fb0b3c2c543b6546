import { loadConfig } from '@identity/gateway/config';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readText } from '../../scripts/project-files.js';
import { list, mapping } from './support/mapping.js';

/** What the Node gateway sends to subgraphs; tests/forged-tokens.test.ts and others look at each. */
const FORWARDED = [
  'authorization',
  'router-authorization',
  'traceparent',
  'user-agent',
  'x-forwarded-for',
  'x-request-id',
];

const gateway = loadConfig({ ROUTER_SECRET: 'r'.repeat(32) });

describe('the configuration of Apollo Router', () => {
  const load = async () => mapping(parse(await readText('routers/apollo/router.yaml')));

  test('forwards what the gateway forwards, and no address that a client has claimed', async () => {
    const all = mapping(mapping((await load())['headers'])['all']);
    const rules = list(all['request']).map(mapping);
    const arriving = rules.map(({ insert, propagate }) => mapping(insert ?? propagate));
    expect(arriving.map(({ name, rename, named }) => name ?? rename ?? named).sort()).toEqual(FORWARDED);
    expect(arriving.map(({ named }) => named)).not.toContain('x-forwarded-for');
    expect(arriving.filter(({ name }) => name !== undefined)).toEqual([
      { name: 'router-authorization', value: '${env.ROUTER_SECRET}' },
    ]);
  });

  test('names every subgraph, and looks for each where the gateway does', async () => {
    const subgraphs = mapping(mapping(parse(await readText('supergraph.yaml')))['subgraphs']);
    const expected = Object.entries(subgraphs).map(([name, subgraph]) => [
      name,
      `\${env.SUBGRAPH_URL_${name.toUpperCase()}:-${String(mapping(subgraph)['routing_url'])}}`,
    ]);
    expect(mapping((await load())['override_subgraph_url'])).toEqual(Object.fromEntries(expected));
  });

  test('has the limits of the gateway, and lets subgraphs enforce the directives', async () => {
    const { limits, traffic_shaping: shaping, authorization, cors } = await load();
    expect(limits).toMatchObject({
      http_max_request_bytes: gateway.bodyLimitBytes,
      parser_max_tokens: gateway.limits.tokens,
    });
    // The router ends the whole answer, and not only the calls for it.
    expect(mapping(shaping)['router']).toEqual({ timeout: `${gateway.requestTimeoutMs + 100}ms` });
    expect(mapping(shaping)['all']).toMatchObject({ timeout: `${gateway.subgraphMutationTimeoutMs}ms` });
    expect(authorization).toEqual({ directives: { enabled: false } });
    expect(cors).toEqual({ policies: [] });
  });
});

describe('Hive Gateway', () => {
  test('is no part of the workspaces, and is pinned', async () => {
    const root = mapping(JSON.parse(await readText('package.json')));
    expect(list(root['workspaces']).filter((path) => String(path).startsWith('routers'))).toEqual([]);
    const { dependencies } = mapping(JSON.parse(await readText('routers/hive/package.json')));
    for (const version of Object.values(mapping(dependencies))) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await readText('.ci/run')).toContain('npm ci --prefix routers/hive');
  });
});
