import { parseEnv } from 'node:util';
import { loadConfig as loadAuthConfig } from '@identity/auth/config';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { loadConfig as loadUsersConfig } from '@identity/users/config';
import { describe, expect, test } from '@jest/globals';
import { loadConfig as loadEmbeddedConfig } from '../../scripts/config.js';
import { SECRET_VARIABLES } from '../../scripts/create-secrets.js';
import { readText } from '../../scripts/project-files.js';
import { readersByVariable } from './support/environment-variables.js';

const text = await readText('.env.example');

/** A variable as it is documented: the comment before it, and its line. */
interface Entry {
  readonly name: string;
  readonly value: string;
  readonly comment: string;
  readonly commentedOut: boolean;
}

const entries: readonly Entry[] = [...text.matchAll(/((?:^# .*\n)+)^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
  ([, comment = '', mark, name = '', value = '']) => ({ name, value, comment, commentedOut: mark === '#' }),
);

const required = {
  ...Object.fromEntries(SECRET_VARIABLES.map((name) => [name, name.padEnd(32, '-')])),
  AUTH_DATABASE_URL: 'sqlite:a',
  USERS_DATABASE_URL: 'sqlite:b',
  KEYS_DIR: 'keys',
};

describe('.env.example', () => {
  test('documents every variable that something reads, with everyone who reads it', async () => {
    const documented = entries.map(({ name, comment }) => [name, readersIn(comment)]);

    expect(Object.fromEntries(documented)).toEqual(await readersByVariable());
  });

  test('has one entry for each, and no line that is not one', () => {
    const names = [...text.matchAll(/^#?([A-Za-z_]\w*)=/gm)].map(([, name]) => name);

    expect(names).toEqual(entries.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });

  test('says of each what it means', () => {
    for (const { name, comment } of entries) {
      expect(`${name} ${comment}`).toMatch(/^\w+ # \[[a-z, ]+\] [A-Z].{20}/);
    }
  });

  test('is read alike by Node.js and by Compose', () => {
    const set = entries.filter(({ commentedOut }) => !commentedOut).map(({ name, value }) => [name, value]);

    expect({ ...parseEnv(text) }).toEqual(Object.fromEntries(set));
    for (const { value } of entries) expect(value).toMatch(/^[^\s"'$#`\\]*$/);
  });

  test('holds no secret', () => {
    for (const name of SECRET_VARIABLES) expect(parseEnv(text)[name]).toBe('');
  });

  test.each([
    ['gateway', loadGatewayConfig],
    ['auth', loadAuthConfig],
    ['users', loadUsersConfig],
  ])('shows the true defaults of %s', (service, loadConfig) => {
    const shown = entries.filter(
      ({ comment, value, commentedOut }) => commentedOut && value !== '' && readersIn(comment).includes(service),
    );
    const defaults = Object.fromEntries(shown.map(({ name, value }) => [name, value]));

    expect(shown.length).toBeGreaterThan(0);
    expect(loadConfig({ ...required, ...defaults })).toEqual(loadConfig(required));
  });

  test('shows the true defaults of the embedded stack', () => {
    const { value } = entries.find(({ name }) => name === 'DATA_DIR') ?? {};

    expect(loadEmbeddedConfig({}).dataFolder).toBe(value);
    expect(loadEmbeddedConfig({}).logLevel).toBe('warn');
  });
});

function readersIn(comment: string): readonly string[] {
  const [, readers = ''] = /^# \[([a-z, ]+)\] /.exec(comment) ?? [];
  return readers.split(', ');
}
