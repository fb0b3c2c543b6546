import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ICruiseResult } from 'dependency-cruiser';
import { ALLOWED, FORBIDDEN, PACKAGES, TARGETS, TOOLS, UNDECLARED, WORKSPACES } from './import-rules.fixture.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = '.dependency-cruiser.cjs';

describe('the import rules', () => {
  let tree: string;
  let cruise: ICruiseResult;

  beforeAll(() => {
    tree = realpathSync(mkdtempSync(join(tmpdir(), 'import-rules-')));
    layOut(tree);
    cruise = runCruise(tree);
  }, 60_000);

  afterAll(() => {
    rmSync(tree, { recursive: true, force: true });
  });

  test.each(FORBIDDEN)('%s: in %s, %s', (rule, file, statement) => {
    expect(brokenRules(cruise, file, statement)).toEqual([rule]);
  });

  test.each(ALLOWED)('allow, in %s, %s', (file, statement) => {
    expect(brokenRules(cruise, file, statement)).toEqual([]);
  });

  test('are all broken here', () => {
    const rules = cruise.summary.ruleSetUsed?.forbidden?.map(({ name }) => name);

    expect(new Set(FORBIDDEN.map(([rule]) => rule))).toEqual(new Set(rules));
  });
});

/** Writes a tree laid out like this project, under the project's rules, with the packages that are installed here. */
function layOut(tree: string): void {
  for (const file of ['tsconfig.base.json', 'tsconfig.lint.json', CONFIG]) {
    cpSync(join(ROOT, file), join(tree, file));
  }
  const declared = [...PACKAGES, ...Object.values(WORKSPACES)].filter((name) => !UNDECLARED.includes(name));
  writeManifest(tree, { workspaces: Object.keys(WORKSPACES), devDependencies: versionsOf(TOOLS) });
  for (const [folder, name] of Object.entries(WORKSPACES)) {
    const sources = { './*': { 'identity-source': folder === 'scripts' ? './*.ts' : './src/*.ts' } };
    writeManifest(join(tree, folder), { name, exports: sources, dependencies: versionsOf(declared) });
    link(join(tree, folder), join(tree, 'node_modules', name));
  }
  for (const name of [...PACKAGES, ...TOOLS, 'express']) {
    link(join(ROOT, 'node_modules', name), join(tree, 'node_modules', name));
  }
  for (const [file, statement] of [...TARGETS, ...FORBIDDEN.map(([, ...line]) => line), ...ALLOWED]) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    appendFileSync(join(tree, file), `${statement};\n`);
  }
}

function writeManifest(folder: string, manifest: object): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', ...manifest }));
}

function versionsOf(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, '*']));
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function runCruise(tree: string): ICruiseResult {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const folders = ['gateway', 'subgraphs', 'packages', 'examples', 'scripts', 'tests'];
  const options = { cwd: tree, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const output = execFileSync(process.execPath, [program, ...folders, '--config', CONFIG, '-T', 'json'], options);
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- dependency-cruiser's own output in its own type
  return JSON.parse(output) as ICruiseResult;
}

function brokenRules(cruise: ICruiseResult, file: string, statement: string): readonly string[] | undefined {
  const specifier = /'(.*)'/.exec(statement)?.[1];
  const source = cruise.modules.find((module) => module.source === file);
  const imports = source?.dependencies.filter(({ module }) => module === specifier);
  return imports?.length === 1 ? imports.flatMap(({ rules = [] }) => rules.map(({ name }) => name)) : undefined;
}
