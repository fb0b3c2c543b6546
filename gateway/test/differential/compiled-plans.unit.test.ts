import { afterAll, describe, expect, it } from '@jest/globals';
import { compose } from '../support/gateway.js';
import { AUDIT_SHAPES } from './audit-supergraphs.js';
import { compareAtRandom, type Report } from './comparison.js';
import { readIdentitySupergraph } from './identity-supergraph.js';
import { MEDIA, SHOP, type TestSubgraph } from './supergraphs.js';

/** How many operations on each of the larger supergraphs; on those of the audit a twentieth. `npm run test:differential`. */
const OPERATIONS = Number(process.env['DIFFERENTIAL_OPERATIONS'] ?? 40);
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 20_261_201);

describe('answers from compiled plans, of operations made at random', () => {
  const total = { operations: 0, planned: 0, compiled: 0, withErrors: 0 };

  function countIn({ operations, planned, compiled, withErrors }: Report): void {
    total.operations += operations;
    total.planned += planned;
    total.compiled += compiled;
    total.withErrors += withErrors;
  }

  async function reportOf(subgraphs: readonly TestSubgraph[], operations: number): Promise<Report> {
    const supergraphSdl = compose(
      subgraphs.map((subgraph) => ({ ...subgraph, url: 'http://subgraph.example/graphql' })),
    );
    const report = await compareAtRandom({ supergraphSdl, subgraphs, operations, seed: SEED });
    countIn(report);
    return report;
  }

  it('are those of Apollo on our own supergraph, and none is left to Apollo', async () => {
    const report = await compareAtRandom({ ...(await readIdentitySupergraph()), operations: OPERATIONS, seed: SEED });
    countIn(report);
    expect(report.differences).toEqual([]);
    expect(report.operations).toBe(OPERATIONS);
    expect(report.compiled).toBe(report.planned);
    expect(report.planned).toBeGreaterThan(OPERATIONS * 0.9);
    expect(report.withErrors).toBeGreaterThan(OPERATIONS * 0.2);
  });

  it.each([
    ['keys, requirements and nested entities', SHOP],
    ['interfaces, unions and interface objects', MEDIA],
  ])('are those of Apollo on %s', async (_shape, subgraphs) => {
    const report = await reportOf(subgraphs, OPERATIONS);
    expect(report.differences).toEqual([]);
    expect(report.operations).toBeGreaterThan(OPERATIONS * 0.9);
    expect(report.compiled).toBe(report.planned);
  });

  it.each(Object.entries(AUDIT_SHAPES))('are those of Apollo on the shape %s', async (_name, subgraphs) => {
    const report = await reportOf(subgraphs, Math.ceil(OPERATIONS / 20));
    expect(report.differences).toEqual([]);
    expect(report.compiled).toBe(report.planned);
  });

  afterAll(() => {
    const { operations, planned, compiled, withErrors } = total;
    const share = ((100 * compiled) / planned).toFixed(1);
    console.log(
      `${String(operations)} operations compared, ${String(withErrors)} of them with errors; ` +
        `${String(planned)} planned, ${share} % of these compiled`,
    );
  });
});
