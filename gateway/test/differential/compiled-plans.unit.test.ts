import { afterAll, describe, expect, it } from '@jest/globals';
import { compose } from '../support/gateway.js';
import { AUDIT_SHAPES, JOINING_QUERIES } from './audit-supergraphs.js';
import { compareAtRandom, type Report } from './comparison.js';
import { readIdentitySupergraph } from './identity-supergraph.js';
import { MEDIA, SHOP, type TestSubgraph } from './supergraphs.js';

/**
 * How many operations on our own supergraph; a quarter on each of the larger ones made for this, and on those of the audit
 * a fiftieth. `npm run test:differential`.
 */
const OPERATIONS = Number(process.env['DIFFERENTIAL_OPERATIONS'] ?? 1_000);
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 20_261_201);
const TIMEOUT_MS = 60_000 + 300 * OPERATIONS;

describe('answers from compiled plans, of operations made at random', () => {
  const lines: string[] = [];

  function print(
    name: string,
    { operations, planned, compiled, joined, asking, merged, withErrors, choices }: Report,
  ): void {
    lines.push(
      `${name}: ${String(operations)} operations compared, ${String(withErrors)} of them with errors and ` +
        `${String(joined)} with several calls, ${String(merged)} of ${String(asking)} with entities; compiled ${String(compiled)} of ${String(planned)} planned; ${String(choices)} times other violations told`,
    );
  }

  async function reportOf(name: string, subgraphs: readonly TestSubgraph[], operations: number): Promise<Report> {
    const supergraphSdl = compose(
      subgraphs.map((subgraph) => ({ ...subgraph, url: 'http://subgraph.example/graphql' })),
    );
    const queries = JOINING_QUERIES[name] ?? [];
    const report = await compareAtRandom({ supergraphSdl, subgraphs, operations, seed: SEED, queries });
    print(name, report);
    return report;
  }

  it(
    'are those of Apollo on our own supergraph, and none is left to Apollo',
    async () => {
      const report = await compareAtRandom({ ...(await readIdentitySupergraph()), operations: OPERATIONS, seed: SEED });
      print('our own', report);
      expect(report.differences).toEqual([]);
      expect(report.operations).toBe(OPERATIONS);
      expect(report.compiled).toBe(report.planned);
      expect(report.planned).toBeGreaterThan(OPERATIONS * 0.9);
      expect(report.withErrors).toBeGreaterThan(OPERATIONS * 0.2);
      expect(report.joined).toBeGreaterThan(OPERATIONS * 0.2);
      expect(report.merged).toBeGreaterThan(OPERATIONS * 0.05);
      expect(report.choices).toBeLessThan(OPERATIONS * 0.02);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['keys, requirements and nested entities', SHOP],
    ['interfaces, unions and interface objects', MEDIA],
  ])(
    'are those of Apollo on %s',
    async (name, subgraphs) => {
      const operations = OPERATIONS / 4;
      const report = await reportOf(name, subgraphs, operations);
      expect(report.differences).toEqual([]);
      expect(report.operations).toBeGreaterThan(operations * 0.9);
      expect(report.compiled).toBe(report.planned);
      expect(report.joined).toBeGreaterThan(operations * 0.2);
      expect(report.merged).toBeGreaterThan(operations * 0.1);
      expect(report.choices).toBeLessThan(operations * 0.02);
    },
    TIMEOUT_MS,
  );

  it.each(Object.entries(AUDIT_SHAPES))(
    'are those of Apollo on the shape %s',
    async (name, subgraphs) => {
      const report = await reportOf(name, subgraphs, Math.ceil(OPERATIONS / 50));
      expect(report.differences).toEqual([]);
      expect(report.operations).toBeGreaterThan(0);
      expect(report.compiled).toBe(report.planned);
      expect(report.joined).toBeGreaterThan(0);
      expect(report.merged > 0).toBe(report.asking > 0);
      expect(report.choices).toBeLessThanOrEqual(report.operations * 0.1);
    },
    TIMEOUT_MS,
  );

  afterAll(() => {
    console.log(lines.join('\n'));
  });
});
