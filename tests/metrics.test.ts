import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readText } from '../scripts/project-files.js';
import { canaries, holdsCanary, natural } from './harness/canaries.js';
import { compilePlans } from './harness/compile-plans.js';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { ADMIN_PORTS, adminUrl, scrape, total, type Family, type ServiceName } from './harness/prometheus.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

const SERVICES: readonly ServiceName[] = ['gateway', 'auth', 'users'];
const MAX_OPERATIONS = 100;

let stack: TestStack;
let ada: Person;

beforeAll(async () => {
  stack = await startStack({
    environment: {
      ...ADMIN_PORTS,
      BCRYPT_COST: '10',
      PASSWORD_HASH_CONCURRENCY: '1',
      PASSWORD_HASH_MAX_WAIT_MS: '0',
      LIMIT_PASSWORD_CHECK_SESSION: '1/600',
    },
  });
  ada = await registerSomebody(stack.client);
});

afterAll(async () => {
  await stack.close();
});

/** What to count, by service, name and labels. */
type Counted = readonly [service: ServiceName, name: string, labels: Readonly<Record<string, string>>];

/** Does the work and waits until each has grown by so much; a request is counted only after its answer. */
async function expectGrowth(work: () => Promise<unknown>, ...expected: readonly [...counted: Counted, by: number][]) {
  const values = async () => {
    const families = Object.fromEntries(
      await Promise.all(SERVICES.map(async (service) => [service, await scrape(stack, service)] as const)),
    );
    return expected.map(([service, name, labels]) => total(families[service] ?? [], name, labels));
  };
  const before = await values();
  await work();
  const wanted = expected.map(([, , , by], index) => (before[index] ?? 0) + by);
  let last: readonly number[] = [];
  await eventually(JSON.stringify(expected), async () => {
    last = await values();
    return last.every((value, index) => value >= (wanted[index] ?? 0));
  });
  expect(last).toEqual(wanted);
}

const login = (password: string) => stack.client.login({ input: { identifier: ada.username, password } });

describe('what operators see', () => {
  it('counts an operation by name in the gateway, and by root field in the subgraphs', async () => {
    await expectGrowth(
      () => ada.client.me(),
      ['gateway', 'identity_operations_total', { operation: 'Me', type: 'query', outcome: 'success' }, 1],
      ['gateway', 'identity_operation_duration_seconds_count', { type: 'query', outcome: 'success' }, 1],
      ['gateway', 'identity_http_requests_total', { route: '/graphql', status: '200' }, 1],
      ['gateway', 'identity_gateway_subgraph_call_duration_seconds_count', { outcome: 'answered' }, 2],
      ['gateway', 'identity_gateway_subgraph_call_duration_seconds_count', { subgraph: 'users' }, 1],
      ['auth', 'identity_operations_total', { operation: 'me', outcome: 'success' }, 1],
      ['users', 'identity_operations_total', { operation: '_entities', outcome: 'success' }, 1],
    );
  });

  it('counts queries that had come before, in the gateway and in the subgraphs', async () => {
    await ada.client.me();
    await expectGrowth(
      () => ada.client.me(),
      ['gateway', 'identity_gateway_known_queries_total', {}, compilePlans() === 'false' ? 0 : 1],
      ['auth', 'identity_subgraph_known_queries_total', {}, 1],
      ['users', 'identity_subgraph_known_queries_total', {}, 1],
    );
  });

  it('counts query plans that were made, and those that were there', async () => {
    const query = 'query Planned { me { id roles } }';
    const twice = async () => {
      for (let time = 0; time < 2; time += 1)
        await sendGraphql(stack.services.gateway.url, { query, headers: bearer(ada.accessToken) });
    };
    await expectGrowth(
      twice,
      ['gateway', 'identity_gateway_query_plans_total', { source: 'planner' }, 1],
      ['gateway', 'identity_gateway_query_plans_total', { source: 'cache' }, 1],
      ['gateway', 'identity_gateway_query_plan_cache_plans', {}, compilePlans() === 'false' ? 0 : 1],
    );
  });

  it('counts logins, refreshes, changes of passwords and ended sessions by how they end', async () => {
    await expectGrowth(
      async () => {
        await login('not the password');
        await login(ada.password);
      },
      ['auth', 'identity_auth_logins_total', { outcome: 'success' }, 1],
      ['auth', 'identity_auth_logins_total', { outcome: 'invalid_credentials' }, 1],
      ['auth', 'identity_auth_password_hash_duration_seconds_count', {}, 2],
      ['auth', 'identity_operation_errors_total', { code: 'INVALID_CREDENTIALS' }, 1],
    );
    const somebody = await registerSomebody(stack.client);
    const change = () =>
      somebody.client.changePassword({ input: { currentPassword: 'not it', newPassword: 'window seat 42 B' } });
    await expectGrowth(
      async () => {
        await stack.client.refreshSession({ input: { refreshToken: somebody.refreshToken } });
        await stack.client.refreshSession({ input: { refreshToken: 'x' } });
        await change();
        await change();
        await somebody.client.logout();
      },
      ['auth', 'identity_auth_refreshes_total', { outcome: 'success' }, 1],
      ['auth', 'identity_auth_refreshes_total', { outcome: 'token_invalid' }, 1],
      ['auth', 'identity_auth_password_changes_total', { outcome: 'invalid_credentials' }, 1],
      ['auth', 'identity_auth_password_changes_total', { outcome: 'rate_limited' }, 1],
      ['auth', 'identity_auth_limits_exceeded_total', { limit: 'passwordCheckSession' }, 1],
      ['auth', 'identity_auth_sessions_revoked_total', {}, 1],
    );
  });

  it('shows passwords that were turned away', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(ada.password)));
    const refused = answers.filter(({ errors = [] }) => errors.length > 0).length;
    expect(refused).toBeGreaterThan(0);
    const families = await scrape(stack, 'auth');
    expect(total(families, 'identity_auth_password_hashes_refused_total')).toBe(refused);
    expect(total(families, 'identity_auth_logins_total', { outcome: 'rate_limited' })).toBe(refused);
    expect(total(families, 'identity_auth_password_hashes', { state: 'running' })).toBe(0);
  });

  it('tells the client’s errors from ours, and gives names to what was executed only', async () => {
    await expectGrowth(
      async () => {
        const { url } = stack.services.gateway;
        await sendGraphql(url, { query: 'query Invalid { nothing }' });
        await sendGraphql(url, { query: `query TooMuch { ${'a: __typename '.repeat(600)} }` });
        await sendGraphql(url, { query: 'mutation Denied { logout { revokedSessionCount } }' });
        await fetch(`${url}/elsewhere/${ada.id}`);
      },
      ['gateway', 'identity_operations_total', { operation: '(refused)', outcome: 'client_error' }, 2],
      ['gateway', 'identity_operations_total', { operation: 'Denied', outcome: 'client_error' }, 1],
      ['gateway', 'identity_operations_total', { operation: 'Invalid' }, 0],
      ['gateway', 'identity_http_requests_total', { route: 'other', status: '404' }, 1],
      ['gateway', 'identity_operation_errors_total', { code: 'UNAUTHENTICATED' }, 1],
    );
  });

  it('keeps a bounded number of names, whatever clients make up', async () => {
    const url = stack.services.gateway.url;
    for (let round = 0; round < 4; round += 1)
      await Promise.all(
        Array.from({ length: 30 }, (_unused, index) =>
          sendGraphql(url, { query: `query Flood${String(round)}x${String(index)} { __typename }` }),
        ),
      );
    await sendGraphql(url, { query: `query ${'x'.repeat(65)} { __typename }` });
    await eventually('all of them are counted', async () => {
      const families = await scrape(stack, 'gateway');
      return total(families, 'identity_operations_total', { operation: '(other)' }) > 20;
    });
    const names = labelValues(await scrape(stack, 'gateway'), 'operation');
    expect(names.size).toBeLessThanOrEqual(MAX_OPERATIONS + 2);
    expect([...names].filter((name) => name.length > 64)).toEqual([]);
  });

  it('is of the right form, in names that follow the conventions', async () => {
    for (const service of SERVICES) {
      const families = await scrape(stack, service);
      const own = families.filter(({ name }) => name.startsWith('identity_'));
      expect(own.length).toBeGreaterThan(4);
      for (const { name, type } of own) {
        const suffix = { counter: /_total$/, histogram: /_seconds$/, gauge: /(?<!_total|_seconds)$/ }[type];
        expect(name).toMatch(suffix ?? /^$/);
        expect(name).toMatch(/^[a-z_]+$/);
      }
      expect(labelValues(families, 'service')).toEqual(new Set([service]));
      expect(total(families, 'process_resident_memory_bytes')).toBeGreaterThan(0);
      expect(families.map(({ name }) => name)).toContain('nodejs_eventloop_lag_p99_seconds');
      for (const { type, samples } of families) if (type === 'histogram') expectGrowingBuckets(samples);
    }
  });

  it('shows how connections are used', async () => {
    // Leaves a connection open for a while.
    await ada.client.me();
    const families = await scrape(stack, 'gateway');
    const connections = (state: string) => total(families, 'identity_gateway_subgraph_connections', { state });
    expect([connections('used'), connections('waiting')]).toEqual([0, 0]);
    // Within a process there are none.
    expect(connections('idle') > 0).toBe(stackName() === 'distributed');
    for (const service of ['auth', 'users'] as const) {
      const database = (state: string, of: readonly Family[]) => total(of, 'identity_database_connections', { state });
      await eventually(`${service} uses few connections`, async () => {
        // Idle ones are closed after a while.
        await ada.client.me();
        const now = await scrape(stack, service);
        const open = database('used', now) + database('idle', now);
        return open > 0 && open < 6 && database('waiting', now) === 0;
      });
    }
  });

  it('holds nothing personal', async () => {
    for (const canary of canaries) {
      const text = natural(canary);
      const headers = { 'x-request-id': canary.value, authorization: `Bearer ${text}`, 'user-agent': text };
      const { url } = stack.services.gateway;
      const query = 'mutation ($i: LoginInput!) { login(input: $i) { userErrors { code } } }';
      await sendGraphql(url, { query, variables: { i: { identifier: text, password: text } }, headers });
      await sendGraphql(url, { query: `{ ${canary.value} }`, headers });
      await sendGraphql(url, { query: `query ${canary.value} { nothing }`, headers });
      await fetch(`${url}/${canary.value}?x=${text}`, { headers });
    }
    for (const service of SERVICES) {
      const text = await (await fetch(`${adminUrl(stack, service)}/metrics`)).text();
      expect(holdsCanary(text)).toBe(false);
      for (const known of [ada.id, ada.username, ada.email, '127.0.0.1']) expect(text).not.toContain(known);
    }
  });
});

describe('docs/operations.md', () => {
  it('lists every metric with its labels', async () => {
    const text = await readText('docs/operations.md');
    const documented = [...text.matchAll(/^\| `(identity_\w+)` +\| ([^|]*?) *\|/gm)].map(
      ([, name = '', labels = '']) => `${name} ${[...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).join()}`,
    );
    const exposed = (await Promise.all(SERVICES.map((service) => scrape(stack, service)))).flat();
    const own = exposed
      .filter(({ name, samples }) => name.startsWith('identity_') && samples.length > 0)
      .map(described);
    expect([...new Set(documented)].sort()).toEqual([...new Set(own)].sort());
  });
});

describe('the ports for operators', () => {
  it('have metrics and health, and nothing else', async () => {
    for (const service of SERVICES) {
      const status = async (path: string, init?: RequestInit) =>
        (await fetch(`${adminUrl(stack, service)}${path}`, init)).status;
      const { headers } = await fetch(`${adminUrl(stack, service)}/metrics`);
      expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(await status('/health/live')).toBe(200);
      expect(await status('/health/ready')).toBe(200);
      for (const path of ['/', '/graphql', '/altair', '/health', '/.well-known/jwks.json', '/metrics/x'])
        expect(await status(path)).toBe(404);
      expect(await status('/metrics', { method: 'POST' })).toBe(404);
    }
  });

  it('are not those of the services', async () => {
    const { gateway, auth, users } = stack.services;
    const statuses = [gateway, auth, users].map(async ({ url }) => (await fetch(`${url}/metrics`)).status);
    expect(await Promise.all(statuses)).toEqual([404, 401, 401]);
  });
});

function labelValues(families: readonly Family[], label: string): ReadonlySet<string> {
  return new Set(families.flatMap(({ samples }) => samples.flatMap(({ labels }) => labels[label] ?? [])));
}

function described({ name, samples }: Family): string {
  const labels = Object.keys(samples[0]?.labels ?? {}).filter((label) => label !== 'service' && label !== 'le');
  return `${name} ${labels.join()}`;
}

function expectGrowingBuckets(samples: Family['samples']): void {
  let before = { series: '', value: 0 };
  for (const { name, labels, value } of samples.filter((sample) => sample.name.endsWith('_bucket'))) {
    const series = JSON.stringify([name, { ...labels, le: '' }]);
    if (series === before.series) expect(value).toBeGreaterThanOrEqual(before.value);
    before = { series, value };
  }
}
