import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runCommand } from './harness/command.js';

// Every start of a process compiles its sources.
jest.setTimeout(120_000);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-settings-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a process whose configuration cannot be used', () => {
  const secretVariables = { PASSWORD_PEPPER: 'short-pepper', ROUTER_SECRET: 'canary-canary-canary-canary-canary' };

  it.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'subgraphs/auth/src/main.ts',
      { AUTH_PORT: '70000', BCRYPT_COST: '5', AUTH_DATABASE_URL: 'mysql://root:hunter2@mysql' },
      ['AUTH_PORT', 'AUTH_DATABASE_URL', 'REDIS_URL', 'ROUTER_SECRET', 'PASSWORD_PEPPER', 'KEYS_DIR', 'BCRYPT_COST'],
    ],
    [
      'subgraphs/users/src/main.ts',
      {
        USERS_DATABASE_URL: 'sqlite:hunter2',
        REDIS_URL: 'redis://:hunter2@redis',
        AUTH_URL: 'http://hunter2.example',
      },
      ['USERS_DATABASE_URL', 'REDIS_URL', 'AUTH_URL', 'ROUTER_SECRET'],
    ],
    [
      'subgraphs/auth/src/migrate.ts',
      { AUTH_DATABASE_URL: 'mysql://auth:hunter2@mysql/auth', LOG_LEVEL: 'hunter2' },
      ['AUTH_DATABASE_URL', 'LOG_LEVEL'],
    ],
    ['gateway/src/main.ts', { GATEWAY_PORT: 'hunter2' }, ['GATEWAY_PORT', 'ROUTER_SECRET']],
    [
      'scripts/start.ts',
      { GATEWAY_PORT: 'hunter2', BCRYPT_COST: '5', LOG_LEVEL: 'hunter2' },
      ['NODE_ENV', 'GATEWAY_PORT', 'BCRYPT_COST', 'LOG_LEVEL'],
    ],
    ['examples/notes/src/main.ts', { AUTH_URL: 'http://hunter2.example' }, ['AUTH_URL', 'ROUTER_SECRET']],
  ])('%s names every problem at once and no value, and creates nothing', async (script, settings, variables) => {
    const environment = { NODE_ENV: 'production', ...secretVariables, ...settings };
    const command = runCommand({ script, environment, folder });
    expect(await command.exit()).toBe(1);
    const lines = command.output().trim().split('\n');
    expect(lines[0]).toBe('The configuration cannot be used:');
    expect([...new Set(lines.slice(1).map((line) => /^ {2}- (\w+): /.exec(line)?.[1]))].sort()).toEqual(
      [...variables].sort(),
    );
    expect(command.output()).not.toMatch(/short-pepper|canary|hunter2/);
    expect(await readdir(folder)).toEqual([]);
  });
});
