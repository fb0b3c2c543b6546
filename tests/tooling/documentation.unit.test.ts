import { access } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { listIfPresent, PROJECT_ROOT, readText } from '../../scripts/project-files.js';
import { readersByVariable } from './support/environment-variables.js';
import { mapping } from './support/mapping.js';

const OPERATIONS = 'docs/operations.md';

const decisions = (await listIfPresent('docs/decisions')).map((file) => `docs/decisions/${file}`);
const FILES = [
  'README.md',
  OPERATIONS,
  'docs/architecture.md',
  'docs/browsers.md',
  'docs/extending.md',
  'docs/security.md',
  'kubernetes/README.md',
  'routers/apollo/README.md',
  'routers/hive/README.md',
  'schema/changes/README.md',
  ...decisions,
];
const texts = new Map(await Promise.all(FILES.map(async (file) => [file, await readText(file)] as const)));
const { scripts } = mapping(JSON.parse(await readText('package.json')));

/** Of these there are none in the repository: they are made where the project runs. */
const MADE = /^(data|secrets|node_modules|coverage)\//;

describe('the documentation', () => {
  test('leads only to what there is', async () => {
    const links = [...texts].flatMap(([file, text]) =>
      [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, path = '', anchor]) => ({
        path: path === '' ? file : posix.join(posix.dirname(file), path),
        anchor,
      })),
    );
    const broken = await Promise.all(
      links.map(async ({ path, anchor }) => {
        if (!(await exists(path))) return [path];
        return anchor === undefined || anchorsOf(await readText(path)).includes(anchor) ? [] : [`${path}#${anchor}`];
      }),
    );
    expect(links.length).toBeGreaterThan(40);
    expect(broken.flat()).toEqual([]);
  });

  test('names only files and commands that there are', async () => {
    const all = [...texts.values()].join('\n');
    const folders = await listIfPresent('.');
    const named = [...all.matchAll(/(?<=`)(?:\.ci|[a-z]+)(?:\/[\w@.-]+)+\/?(?=`)/g)].map(([path]) => path);
    const own = [...new Set(named)].filter((path) => folders.includes(path.split('/')[0] ?? '') && !MADE.test(path));
    const missing = await Promise.all(own.map(async (path) => ((await exists(path)) ? [] : [path])));
    const commands = [...all.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(own.length).toBeGreaterThan(100);
    expect(missing.flat()).toEqual([]);
    expect(commands.filter((name) => !Object.hasOwn(mapping(scripts), name))).toEqual([]);
  });
});

describe('docs/operations.md', () => {
  const text = texts.get(OPERATIONS) ?? '';

  test('tells of every setting, with its default, and of no other', async () => {
    const rows = [
      ...sectionOf(text, 'Settings').matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\| (?:`([^`]*)`)? *\| (\S.*) \|$/gm),
    ];
    const documented = rows.map(([, name = '', value = '']) => [name, value]);
    const example = await readText('.env.example');
    const defaults = Object.keys(await readersByVariable()).map((name) => [
      name,
      new RegExp(`^#${name}=(.*)$`, 'm').exec(example)?.[1] ?? '',
    ]);
    expect(documented.toSorted()).toEqual(defaults.toSorted());
  });

  test('names what proves each promise', async () => {
    const rows = [...sectionOf(text, 'What proves it').matchAll(/^\| (?!promise |-)(.+?) +\| (.*?) *\|$/gm)];
    const unproven = await Promise.all(
      rows.map(async ([, promise = '', proofs = '']) => {
        const named = [...proofs.matchAll(/`([^`]+)`/g)].map(([, proof = '']) => proof);
        const good = await Promise.all(named.map(isProof));
        return named.length === 0 || good.includes(false) ? [promise] : [];
      }),
    );
    expect(rows.length).toBeGreaterThan(25);
    expect(unproven.flat()).toEqual([]);
  });
});

/** A command has been looked for above. */
async function isProof(proof: string): Promise<boolean> {
  return proof.startsWith('npm run ') || (proof.endsWith('.test.ts') && (await exists(proof)));
}

/** A section of the second level, without its heading. */
function sectionOf(text: string, heading: string): string {
  return text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? '';
}

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function exists(path: string): Promise<boolean> {
  return access(join(PROJECT_ROOT, path)).then(
    () => true,
    () => false,
  );
}
