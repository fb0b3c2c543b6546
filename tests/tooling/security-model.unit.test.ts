import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);

describe('docs/security.md', () => {
  it('names only files that there are, and a test for every requirement', async () => {
    const text = await readFile(new URL('docs/security.md', ROOT), 'utf8');
    const [, requirements = ''] = text.split('## Requirements and what meets them');
    const rows = (requirements.split('## Not met')[0] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (?:requirement|---)/.test(line))
      .map((line) => line.split(' | '));
    expect(rows.length).toBeGreaterThan(40);

    const paths = rows.flatMap(([, code = '', test = '']) => {
      const named = [pathsIn(code), pathsIn(test)];
      expect({ test, named: named.map((found) => found.length > 0) }).toEqual({ test, named: [true, true] });
      expect(pathsIn(test).filter((path) => !path.endsWith('.test.ts'))).toEqual([]);
      return named.flat();
    });
    const missing = await Promise.all(
      [...new Set(paths)].map((path) =>
        access(new URL(path, ROOT)).then(
          () => [],
          () => [path],
        ),
      ),
    );
    expect(missing.flat()).toEqual([]);
  });
});

function pathsIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
}
