import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { runCommand } from './harness/command.js';
import { summaryOf } from './harness/graphql.js';
import { logInAgain, registerSomebody, type Person } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';
import { createTestDatabase } from './harness/test-database.js';

// Every start of a process compiles its sources.
jest.setTimeout(120_000);

const DEAD = refusedEverywhere('TOKEN_REVOKED');

let stack: TestStack;
let folder: string;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-admin-'));
  stack = await startStack();
  [ada, bob] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
});

afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command as a process of its own, while the services run in this one. */
async function admin(args: readonly string[], environment: Readonly<Record<string, string>> = onTheStack()) {
  const command = runCommand({ script: 'subgraphs/auth/src/admin.ts', args, environment, folder });
  const exit = await command.exit();
  return { exit, output: command.output().trim() };
}

function onTheStack(): Readonly<Record<string, string>> {
  return { AUTH_DATABASE_URL: stack.databaseUrls.auth };
}

/** What it has written for the log. */
function linesIn(output: string): readonly unknown[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line): unknown => JSON.parse(line));
}

const acted = (command: string, { id }: Person): unknown =>
  expect.objectContaining({ service: 'auth', level: 'info', fields: [command], actorId: 'operator', userId: id });

describe('npm run admin', () => {
  it('appoints the first administrator, deposes one at once, and never the last', async () => {
    expect(await admin(['list'])).toEqual({ exit: 0, output: 'There are no administrators.' });

    const granted = await admin(['grant', ada.email.toUpperCase()]);
    expect(granted).toMatchObject({ exit: 0, output: expect.stringContaining(ada.username) });
    expect(linesIn(granted.output)).toEqual([acted('grant', ada)]);
    expect(summaryOf((await ada.client.users()).errors)).toEqual(['users FORBIDDEN']);
    const before = await logInAgain(stack.client, ada);
    expect((await before.client.users()).errors).toBeUndefined();
    const again = await admin(['grant', ada.email]);
    expect(again).toMatchObject({ exit: 0, output: expect.stringContaining('already') });
    expect(linesIn(again.output)).toEqual([]);
    expect(await refusalsOf(before)).toEqual([]);

    const last = await admin(['revoke', ada.email]);
    expect(last).toMatchObject({ exit: 1, output: expect.stringContaining('last administrator') });
    expect(await refusalsOf(before)).toEqual([]);

    await admin(['grant', bob.email]);
    expect((await admin(['list'])).output.split('\n')).toEqual([
      `${ada.username} <${ada.email}>`,
      `${bob.username} <${bob.email}>`,
    ]);
    const deposed = await admin(['revoke', ada.email]);
    // From here on, everywhere, and again and again.
    for (let round = 0; round < 20; round += 1) expect(await refusalsOf(before)).toEqual(DEAD);
    expect(deposed).toMatchObject({ exit: 0, output: expect.stringContaining('Sessions ended: 2.') });
    expect(linesIn(deposed.output)).toEqual([acted('revoke', ada)]);
    const refreshed = await stack.client.refreshSession({ input: { refreshToken: before.refreshToken } });
    expect(refreshed.data?.refreshSession.userErrors.map(({ code }) => code)).toEqual(['TOKEN_INVALID']);
    const after = await logInAgain(stack.client, ada);
    expect(summaryOf((await after.client.users()).errors)).toEqual(['users FORBIDDEN']);
    expect((await admin(['revoke', ada.email])).exit).toBe(0);
    expect(await refusalsOf(after)).toEqual([]);
  });

  it('shows what tells whose account it is, as an address that nobody has verified does not', async () => {
    const mallory = await registerSomebody(stack.client, { email: 'ops@company.example' });
    const shown = new RegExp(
      [
        `id +${mallory.id}`,
        `username +${mallory.username}`,
        'registered +\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\S+Z',
        'email +ops@company\\.example, not verified',
        `admin -- revoke ${mallory.id}`,
      ].join('[^]*'),
    );
    for (const time of ['granted', 'granted again']) {
      const { exit, output } = await admin(['grant', mallory.email]);
      expect({ time, exit, output }).toEqual({ time, exit: 0, output: expect.stringMatching(shown) });
    }
    expect((await admin(['revoke', mallory.id])).output).toContain('Sessions ended: 1.');
  });

  it('knows an account by its id and by its username as well', async () => {
    const eve = await registerSomebody(stack.client);
    for (const name of [eve.id, eve.username.toUpperCase()]) {
      expect(linesIn((await admin(['grant', name])).output)).toEqual([acted('grant', eve)]);
      expect(linesIn((await admin(['revoke', name])).output)).toEqual([acted('revoke', eve)]);
    }
  });

  it('promises no login to an account that is suspended', async () => {
    const eve = await registerSomebody(stack.client);
    await stack.sql('auth', "UPDATE accounts SET status = 'SUSPENDED' WHERE id = ?", [eve.id]);
    const { exit, output } = await admin(['grant', eve.email]);
    expect({ exit, output }).toEqual({
      exit: 0,
      output: expect.stringMatching(/SUSPENDED.*cannot log in.*reinstated/),
    });
    expect(output).not.toContain('next login');
    expect((await admin(['revoke', eve.email])).exit).toBe(0);
  });

  it.each(['nobody@example.com', 'nobody', `user_${'0'.repeat(26)}`])('knows that %s is not there', async (name) => {
    const { exit, output } = await admin(['grant', name]);
    expect({ exit, output }).toEqual({ exit: 1, output: expect.stringContaining('no account') });
  });

  it('refuses a database that lacks migrations', async () => {
    const database = await createTestDatabase('empty');
    // An SQLite file that is not there is another matter.
    const { exit, output } = await admin(['list'], { AUTH_DATABASE_URL: database.url });
    expect({ exit, output }).toEqual({
      exit: 1,
      output: expect.stringMatching(/AUTH_DATABASE_URL: (run npm run migrate|there is no)/),
    });
    await database.drop();
  });
});

if (stackName() === 'embedded') {
  describe('npm run admin without a database named', () => {
    it.each([[[]], [['appoint', 'ada@example.com']], [['revoke', 'a@example.com', 'b@example.com']]])(
      'says how it is used: %j',
      async (args) => {
        const { exit, output } = await admin(args, {});
        const usage = expect.stringMatching(/grant <email>.*revoke <email>.*list/s);
        expect({ exit, output }).toEqual({ exit: 1, output: usage });
      },
    );

    it('works on the data of npm start, while that is running', async () => {
      const dataFolder = dirname(stack.databaseUrls.auth.slice('sqlite:'.length));
      expect(await admin(['grant', bob.email], { DATA_DIR: dataFolder })).toMatchObject({ exit: 0 });
      expect((await (await logInAgain(stack.client, bob)).client.users()).errors).toBeUndefined();
    });

    it('creates none where there is none', async () => {
      const { exit, output } = await admin(['list'], {});
      expect({ exit, output }).toEqual({ exit: 1, output: expect.stringContaining('AUTH_DATABASE_URL') });
      expect(await readdir(folder)).toEqual([]);
    });
  });
} else {
  describe('npm run admin without its database', () => {
    it('names the variable', async () => {
      const { exit, output } = await admin(['list'], { AUTH_DATABASE_URL: 'mysql://root@127.0.0.1:1/auth' });
      expect({ exit, output }).toEqual({
        exit: 1,
        output: expect.stringContaining('AUTH_DATABASE_URL: the database does not answer'),
      });
    });
  });

  describe('npm run admin on a machine whose clock is wrong', () => {
    it.each([
      ['behind by ten minutes', -10 * 60_000],
      ['ahead by thirty days', 30 * 86_400_000],
    ])('deposes an administrator at once: %s', async (_name, offset) => {
      const clock = new URL(`harness/shifted-clock.js?by=${String(offset)}`, import.meta.url);
      const wrong = { ...onTheStack(), NODE_OPTIONS: `--import=${clock.href}` };
      expect((await admin(['grant', bob.email], wrong)).exit).toBe(0);
      expect((await admin(['grant', ada.email], wrong)).exit).toBe(0);
      const before = await logInAgain(stack.client, ada);
      expect((await before.client.users()).errors).toBeUndefined();
      const deposed = await admin(['revoke', ada.email], wrong);
      for (let round = 0; round < 20; round += 1) expect(await refusalsOf(before)).toEqual(DEAD);
      expect(deposed).toMatchObject({ exit: 0, output: expect.stringMatching(/Sessions ended: [1-9]/) });
    });
  });
}
