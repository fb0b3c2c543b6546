import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './support/gateway.js';
import { metricOf } from './support/metrics.js';
import { startServer, type SubgraphServer } from './support/subgraph-server.js';

const MAX_BYTES = 16 * 1_024 * 1_024;
const MAX_SHAPES = 8;
const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
  interface Animal { name: String }
  type Dog implements Animal { name: String }
  type Cat implements Animal { name: String }
  type Query { hello: String animal: Animal secret: String @authenticated }
`;

describe('the memory of compiled plans', () => {
  let answer: object = { data: {} };
  let subgraph: SubgraphServer;
  let gateway: TestGateway;

  beforeAll(async () => {
    subgraph = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    gateway = await startGateway([{ name: 'only', sdl: SDL, url: subgraph.url }], {
      admin: { host: '127.0.0.1', port: 0, portVariable: 'ADMIN_PORT' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  const plans = () => metricOf(gateway, 'identity_gateway_query_plan_cache_plans');
  const bytes = () => metricOf(gateway, 'identity_gateway_query_plan_cache_bytes');

  async function bytesAfter(request: object): Promise<number> {
    expect((await gateway.send(request)).body.errors).toBeUndefined();
    return bytes();
  }

  /** Sends a query with one combination of four conditions after the other. */
  async function sendCombinations(query: string, count: number): Promise<readonly number[]> {
    const sizes: number[] = [];
    for (let bits = 0; bits < count; bits += 1) {
      const [a, b, c, d] = [1, 2, 4, 8].map((bit) => (bits & bit) > 0);
      sizes.push(await bytesAfter({ query, variables: { a, b, c, d } }));
    }
    return sizes;
  }

  function withConditions(number: number, fields: number): string {
    const many = Array.from({ length: fields }, (_unused, index) => `f${String(number)}x${String(index)}: hello`);
    return `query ($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!) { ${many.join(' ')}
      a: hello @include(if: $a) b: hello @include(if: $b) c: hello @include(if: $c) d: hello @include(if: $d) }`;
  }

  it('counts what is worked out for each combination of conditions, of which a few are kept', async () => {
    const sizes = await sendCombinations(withConditions(0, 10), 16);
    for (let index = 1; index < MAX_SHAPES; index += 1) expect(sizes[index]).toBeGreaterThan(sizes[index - 1] ?? 0);
    expect(sizes.at(-1)).toBeLessThan((sizes[MAX_SHAPES - 1] ?? 0) * 1.5);
  });

  it('counts what is worked out for each type of object', async () => {
    const request = { query: '{ animal { name } }' };
    answer = { data: { animal: { __typename: 'Dog', name: 'a' } } };
    const first = await bytesAfter(request);
    expect(await bytesAfter(request)).toBe(first);
    answer = { data: { animal: { __typename: 'Cat', name: 'b' } } };
    expect(await bytesAfter(request)).toBeGreaterThan(first);
    answer = { data: {} };
  });

  it('counts the text of an operation some of which is denied like any other', async () => {
    const fields = (prefix: string): string => `${prefix}${'x'.repeat(20_000)}: hello`;
    const before = await bytes();
    const open = (await bytesAfter({ query: `{ ${fields('a')} }` })) - before;
    const { body } = await gateway.send({ query: `{ secret ${fields('b')} }` });
    expect(body.errors?.map(({ extensions }) => extensions['code'])).toEqual(['UNAUTHENTICATED']);
    const denied = (await bytes()) - before - open;
    expect(open).toBeGreaterThan(1_000_000);
    expect(denied).toBeGreaterThanOrEqual(open);
  });

  it('keeps within its bound, whatever grows', async () => {
    const [sent, before] = [50, await plans()];
    for (let number = 1; number <= sent; number += 1) {
      await sendCombinations(withConditions(number, 60), MAX_SHAPES);
      expect(await bytes()).toBeLessThanOrEqual(MAX_BYTES);
    }
    expect(await bytes()).toBeGreaterThan(MAX_BYTES * 0.9);
    expect(await plans()).toBeLessThan(before + sent);
  });
});
