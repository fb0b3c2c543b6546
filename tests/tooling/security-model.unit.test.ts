import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { PROJECT_ROOT, readText } from '../../scripts/project-files.js';

/** How many requirements each section of the chapters V6 to V10 has (OWASP ASVS 5.0.0). They are numbered without gaps. */
const ASVS_SECTIONS: Readonly<Record<string, number>> = {
  ...{ '6.1': 3, '6.2': 12, '6.3': 8, '6.4': 6, '6.5': 8, '6.6': 4, '6.7': 2, '6.8': 4 },
  ...{ '7.1': 3, '7.2': 4, '7.3': 2, '7.4': 5, '7.5': 3, '7.6': 2 },
  ...{ '8.1': 4, '8.2': 4, '8.3': 3, '8.4': 2 },
  ...{ '9.1': 3, '9.2': 4 },
  ...{ '10.1': 2, '10.2': 3, '10.3': 5, '10.4': 16, '10.5': 5, '10.6': 2, '10.7': 3 },
};
const ASVS = Object.entries(ASVS_SECTIONS).flatMap(([section, count]) => numbered(`${section}.`, 1, count));
const JWT = numbered('3.', 1, 12);
const OAUTH = ['2.1', '2.2.1', '2.2.2', '2.3', '2.4', '2.5', '2.6', ...numbered('4.', 1, 17)];
const CHEAT_SHEET = [
  ...['General Practices', 'Injection Prevention', 'Process Validation'],
  ...['Query Limiting', 'Timeouts', 'Query Cost Analysis', 'Rate Limiting', 'Server-side Batching and Caching'],
  ...['System Resource Management', 'Access Control', 'General Data Access', 'Query Access', 'Mutation Access'],
  ...['Batching Attacks', 'Introspection + GraphiQL', 'Excessive Errors'],
];

/** The cells of a table's row, without those of its head. */
type Row = readonly string[];

describe('docs/security.md', () => {
  let met: readonly Row[];
  let notMet: readonly Row[];
  let inapplicable: readonly Row[];

  beforeAll(async () => {
    const text = await readText('docs/security.md');
    met = rowsUnder(text, 'Requirements and what meets them');
    notMet = rowsUnder(text, 'Not met, and why');
    inapplicable = rowsUnder(text, 'Does not apply, and why');
  });

  it('names only files that there are, and a test for every requirement', async () => {
    expect(met.length).toBeGreaterThan(80);
    const paths = met.flatMap(([, code = '', test = '']) => {
      const named = [pathsIn(code), pathsIn(test)];
      expect({ test, named: named.map((found) => found.length > 0) }).toEqual({ test, named: [true, true] });
      expect(pathsIn(test).filter((path) => !path.endsWith('.test.ts'))).toEqual([]);
      return named.flat();
    });
    const missing = await Promise.all([...new Set(paths)].map(async (path) => ((await exists(path)) ? [] : [path])));
    expect(missing.flat()).toEqual([]);
  });

  it('answers every requirement of ASVS 5.0.0 in V6 to V10, and says of none that it does and does not apply', () => {
    const applicable = asvsIn([...met, ...notMet]);
    const others = asvsIn(inapplicable);
    expect([...applicable, ...others].filter((id) => /^(?:[6-9]|10)\./.test(id) && !ASVS.includes(id))).toEqual([]);
    expect(ASVS.filter((id) => !applicable.includes(id) && !others.includes(id))).toEqual([]);
    expect(others.filter((id) => applicable.includes(id))).toEqual([]);
  });

  it.each([
    ['8725', JWT],
    ['9700', OAUTH],
  ])('answers every section of RFC %s that asks for something', (number, sections) => {
    const answered = sectionsIn([...met, ...notMet, ...inapplicable], number);
    expect(sections.filter((one) => !answered.some((id) => id === one || id.startsWith(`${one}.`)))).toEqual([]);
  });

  it('answers every section of the cheat sheet on GraphQL', () => {
    expect(CHEAT_SHEET.filter((name) => !met.some(([first = '']) => first.startsWith(`${name}: `)))).toEqual([]);
  });

  it('gives a reason for whatever is not met or does not apply', () => {
    expect(notMet.length).toBeGreaterThan(5);
    expect(inapplicable.length).toBeGreaterThan(5);
    expect([...notMet, ...inapplicable].filter(([, reason = '']) => reason === '')).toEqual([]);
  });
});

function numbered(prefix: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${prefix}${String(from + index)}`);
}

function rowsUnder(text: string, heading: string): readonly Row[] {
  const section = text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:requirement|---)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The ids behind each `ASVS`, with those that a `to` stands for. */
function asvsIn(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(([first = '']) =>
    [...first.matchAll(/ASVS ([^();]+)/g)].flatMap(([, ids = '']) =>
      [...ids.matchAll(/(\d+\.\d+\.)(\d+)(?: to \1(\d+))?/g)].flatMap(([, section = '', from = '', to = from]) =>
        numbered(section, Number(from), Number(to)),
      ),
    ),
  );
}

/** The sections behind each `RFC` of that number. */
function sectionsIn(rows: readonly Row[], rfc: string): readonly string[] {
  return rows.flatMap(([first = '']) =>
    [...first.matchAll(new RegExp(`RFC ${rfc} ([^();]+)`, 'g'))].flatMap(([, sections = '']) =>
      [...sections.matchAll(/§([\d.]*\d)/g)].map(([, id = '']) => id),
    ),
  );
}

function pathsIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
}

function exists(path: string): Promise<boolean> {
  return access(join(PROJECT_ROOT, path)).then(
    () => true,
    () => false,
  );
}
