import { createClient } from '@identity/client/client';
import { describe, expect, it, jest } from '@jest/globals';
import { useCommandFolder } from '../harness/command-folder.js';

// Every start of a process compiles its sources.
jest.setTimeout(120_000);

const ENVIRONMENT = { BCRYPT_COST: '4', GATEWAY_PORT: '0', AUTH_PORT: '0', USERS_PORT: '0' };

describe('npm run seed', () => {
  const folder = useCommandFolder();

  function run(script: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
    return folder.run(script, { ...ENVIRONMENT, ...environment }, args);
  }

  async function seed(users: string, environment: Readonly<Record<string, string>> = {}) {
    const command = run('scripts/seed.ts', ['--users', users], environment);
    const code = await command.exit();
    return { code, output: command.output() };
  }

  it('fills up to the number asked for, with people who can log in and have a profile', async () => {
    expect(await seed('30')).toMatchObject({ code: 0, output: expect.stringMatching(/^0 to 29: password \S+\n$/) });
    const { output } = await seed('50');
    const [, password = ''] = /^30 to 49: password (\S+)\n$/.exec(output) ?? [];

    const [, url = ''] = await run('scripts/start.ts').waitFor(/Apollo Sandbox +(http:\S+)/);
    const client = createClient({ url });
    const { data } = await client.login({ input: { identifier: 'seeded-00000049', password } });
    const { data: mine } = await client.withAccessToken(data?.login.tokens?.accessToken ?? '').me();
    expect(mine?.me).toMatchObject({ username: 'seeded-00000049', profile: { version: 1 } });
  });

  it('invents nobody in production, and needs a number', async () => {
    const [production, zero] = await Promise.all([seed('10', { NODE_ENV: 'production' }), seed('0')]);
    expect(production).toMatchObject({ code: 1, output: expect.stringContaining('NODE_ENV') });
    expect(zero).toMatchObject({ code: 1, output: expect.stringContaining('--users') });
  });
});
