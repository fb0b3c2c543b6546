import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig as loadAuthConfig } from '@identity/auth/config';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { createKeyChanges } from '@identity/auth/signing-keys/key-changes';
import { systemClock } from '@identity/service-kit/clock';
import { ConfigurationError } from '@identity/service-kit/environment';
import { loadConfig as loadUsersConfig } from '@identity/users/config';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { newSecret, newSigningKey } from '../../scripts/embedded-secrets.js';
import { PROJECT_ROOT } from '../../scripts/project-files.js';
import { runCommand } from '../harness/command.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-signing-keys-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const authEnvironment = {
  NODE_ENV: 'production',
  AUTH_PORT: '0',
  AUTH_DATABASE_URL: `mysql://auth:${newSecret()}@127.0.0.1:1/auth`,
  REDIS_URL: `redis://:${newSecret()}@127.0.0.1:1`,
  ROUTER_SECRET: newSecret(),
  PASSWORD_PEPPER: newSecret(),
};

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('a private key in the wrong place', () => {
  const problemsWithKeysIn = (keysFolder: string, changes: Readonly<Record<string, string>> = {}) =>
    problemsOf(() => loadAuthConfig({ ...authEnvironment, KEYS_DIR: keysFolder, ...changes }));

  test("stops the boot when it is the application's own folder, also behind a link", async () => {
    const link = join(folder, 'keys');
    await symlink(join(PROJECT_ROOT, 'schema'), link);
    for (const place of [join(PROJECT_ROOT, 'schema'), PROJECT_ROOT, link])
      expect(problemsWithKeysIn(place)).toContainEqual(expect.stringMatching(/^KEYS_DIR: .* inside the application/));
    expect(problemsWithKeysIn(folder)).toEqual([]);
    expect(problemsWithKeysIn(join(PROJECT_ROOT, '..'))).not.toContainEqual(expect.stringContaining('inside'));
  });

  test('is no concern outside of production, nor of the embedded stack that keeps its data there', () => {
    const place = join(PROJECT_ROOT, 'schema');
    const inside = expect.stringContaining('inside the application');
    expect(problemsWithKeysIn(place, { NODE_ENV: 'development' })).toEqual([]);
    expect(problemsWithKeysIn(place, { ALLOW_EMBEDDED_IN_PRODUCTION: 'true' })).not.toContainEqual(inside);
  });

  test('stops the boot when others can read it, together with everything else that is wrong', async () => {
    const file = join(folder, 'signing.pem');
    await writeFile(file, newSigningKey());
    await chmod(file, 0o644);
    await chmod(folder, 0o777);
    expect([...problemsWithKeysIn(folder, { BCRYPT_COST: '9' })].sort()).toEqual([
      'BCRYPT_COST: production needs at least 10',
      expect.stringMatching(/^KEYS_DIR: .*signing\.pem .*; run: chmod 600 .*signing\.pem$/),
      expect.stringMatching(/^KEYS_DIR: others .*; run: chmod 700 /),
    ]);
    expect(problemsWithKeysIn(folder, { NODE_ENV: 'development' })).toEqual([]);
  });

  test.each([0o640, 0o604, 0o620, 0o602, 0o610])('has a mode that is too wide: %d', async (mode) => {
    const file = join(folder, 'next.pem');
    await writeFile(file, newSigningKey());
    await chmod(file, mode);
    expect(problemsWithKeysIn(folder)).toEqual([expect.stringContaining(file)]);
  });

  test('stops the boot when everybody may put another folder or file in its place', async () => {
    const [parent, elsewhere] = [join(folder, 'parent'), join(folder, 'elsewhere')];
    const keys = join(parent, 'keys');
    await mkdir(keys, { recursive: true, mode: 0o700 });
    await mkdir(elsewhere, { mode: 0o700 });
    await writeFile(join(elsewhere, 'signing.pem'), newSigningKey(), { mode: 0o600 });
    await symlink(join(elsewhere, 'signing.pem'), join(keys, 'signing.pem'));
    expect(problemsWithKeysIn(keys)).toEqual([]);
    for (const open of [parent, elsewhere]) {
      await chmod(open, 0o777);
      expect(problemsWithKeysIn(keys)).toEqual([
        `KEYS_DIR: everybody may replace what is in ${open}; run: chmod o-w ${open}`,
      ]);
      await chmod(open, 0o1777);
      expect(problemsWithKeysIn(keys)).toEqual([]);
      await chmod(open, 0o700);
    }
  });

  // Only root can give files to others and mount folders.
  if (process.geteuid?.() === 0) {
    const GROUP_OF_SERVICE = 1000;

    /** What the service says of the folder when it runs as somebody in that group, as in the image. */
    function problemsOfService(): readonly string[] {
      process.setegid?.(GROUP_OF_SERVICE);
      process.seteuid?.(1000);
      try {
        return problemsWithKeysIn(folder);
      } finally {
        process.seteuid?.(0);
        process.setegid?.(0);
      }
    }

    test('is in the right one when root has it read by the group of the service, and nobody else', async () => {
      const file = join(folder, 'signing.pem');
      await writeFile(file, newSigningKey());
      await chown(folder, 0, GROUP_OF_SERVICE);
      await chown(file, 0, GROUP_OF_SERVICE);
      await chmod(folder, 0o750);
      for (const [mode, problems] of [
        [0o440, 0],
        [0o640, 0],
        [0o444, 1],
        [0o460, 1],
      ] as const) {
        await chmod(file, mode);
        expect(problemsOfService()).toHaveLength(problems);
      }
    });

    test('stops the boot when it or its folder belongs to somebody who is neither root nor the service', async () => {
      const file = join(folder, 'signing.pem');
      await writeFile(file, newSigningKey(), { mode: 0o600 });
      const owners = async (ofFolder: number, ofFile: number) => {
        await chown(folder, ofFolder, GROUP_OF_SERVICE);
        await chown(file, ofFile, GROUP_OF_SERVICE);
      };
      const foreign = (path: string, owner: number, service: number) =>
        `KEYS_DIR: ${path} belongs to user ${String(owner)}, the service runs as ${String(service)}; ` +
        `run: chown ${String(service)} ${path}`;

      await owners(1000, 1000);
      expect(problemsOfService()).toEqual([]);
      expect(problemsWithKeysIn(folder)).toEqual([foreign(folder, 1000, 0), foreign(file, 1000, 0)]);
      expect(problemsWithKeysIn(folder, { NODE_ENV: 'development' })).toEqual([]);
      await owners(0, 1001);
      await chmod(folder, 0o750);
      expect(problemsOfService()).toEqual([foreign(file, 1001, 1000)]);
      await owners(1001, 0);
      expect(problemsOfService()).toEqual([foreign(folder, 1001, 1000)]);
    });

    test('is in the right one in a folder that is for everybody by its mode, but mounted to be read', async () => {
      const mount = (args: readonly string[]) => promisify(execFile)('mount', args);
      await mount(['-t', 'tmpfs', '-o', 'mode=1777', 'keys', folder]);
      try {
        await writeFile(join(folder, 'signing.pem'), newSigningKey(), { mode: 0o440 });
        await chown(join(folder, 'signing.pem'), 0, GROUP_OF_SERVICE);
        expect(problemsOfService()).toEqual([expect.stringMatching(/^KEYS_DIR: others .*; run: chmod 700 /)]);
        await mount(['-o', 'remount,ro', folder]);
        expect(problemsOfService()).toEqual([]);
      } finally {
        await promisify(execFile)('umount', [folder]);
      }
    });
  }

  test('stops the process, with a message that names file and fix and shows no key', async () => {
    const file = join(folder, 'signing.pem');
    await writeFile(file, newSigningKey());
    await chmod(file, 0o640);
    const command = runCommand({
      script: 'subgraphs/auth/src/main.ts',
      environment: { ...authEnvironment, KEYS_DIR: folder },
    });
    expect(await command.exit()).toBe(1);
    expect(command.output()).toContain(`chmod 600 ${file}`);
    expect(command.output()).not.toContain('PRIVATE KEY');
  });

  const users = { ...authEnvironment, USERS_DATABASE_URL: authEnvironment.AUTH_DATABASE_URL, AUTH_URL: 'https://auth' };
  const services = {
    auth: () => loadAuthConfig,
    users: () => loadUsersConfig,
    gateway: () => loadGatewayConfig,
  };

  test.each(['auth', 'users', 'gateway'] as const)('stops the boot of %s when it is the environment', (service) => {
    const load = services[service]();
    const pem = newSigningKey();
    const rsa = pem.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY');
    const jwk = createPrivateKey(pem).export({ format: 'jwk' });
    const jwks = JSON.stringify(
      { keys: [generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })] },
      null,
      2,
    );
    const der = createPrivateKey(pem).export({ format: 'der', type: 'sec1' });
    const wrong = {
      SIGNING_KEY: pem,
      KEY_IN_HEX: Buffer.from(pem).toString('hex'),
      KEY_AFTER_A_LINE: Buffer.from(`\n${pem}`).toString('base64'),
      KEY_AS_BYTES: createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      KEY_OF_A_CURVE: der.toString('hex').replace(/.{32}/g, '$&\n'),
      OLD_KEY: rsa.replaceAll('\n', String.raw`\n`),
      ENCODED_KEY: Buffer.from(pem).toString('base64'),
      JWK: JSON.stringify(jwk),
      JWK_SET: jwks,
      JWK_IN_SETTINGS: JSON.stringify({ settings: JSON.stringify({ key: jwk }) }),
      ENCODED_JWK: Buffer.from(jwks).toString('base64url'),
      ENCODED_JWK_IN_LINES: Buffer.from(JSON.stringify(jwk)).toString('base64').replace(/.{64}/g, '$&\n'),
    };
    const environment = { ...users, KEYS_DIR: folder };
    const harmless = {
      CERTIFICATE: '-----BEGIN CERTIFICATE-----',
      PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----',
      PUBLIC_JWK: JSON.stringify(createPublicKey(pem).export({ format: 'jwk' })),
      PUBLIC_KEY_AS_BYTES: createPublicKey(pem).export({ format: 'der', type: 'spki' }).toString('base64'),
      SETTINGS: JSON.stringify({ d: 'a value', kind: 'settings' }),
    };
    expect(problemsOf(() => load({ ...environment, ...harmless }))).toEqual([]);
    const problems = problemsOf(() => load({ ...environment, ...wrong, PORT: '1' }));
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(Object.keys(wrong).sort());
    expect(problems.join()).not.toContain(pem.split('\n')[1]);
    expect(problems.join()).not.toContain(jwk.d);
    expect(problemsOf(() => load({ ...environment, ...wrong, NODE_ENV: 'development' }))).toEqual([]);
  });
});

describe('npm run keys', () => {
  async function keys(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const command = runCommand({ script: 'subgraphs/auth/src/keys.ts', args, environment, folder });
    const code = await command.exit();
    return { code, output: command.output() };
  }

  const kidIn = (output: string) => /[\w-]{43}/.exec(output)?.[0] ?? '';

  test('leads keys through their life where `npm start` keeps them, and waits for nobody by force only', async () => {
    const first = kidIn((await keys(['generate'])).output);
    const second = kidIn((await keys(['generate', '--algorithm=RS256'])).output);
    expect((await readdir(join(folder, 'data', 'keys'))).sort()).toEqual(['changes.lock', 'next.pem', 'signing.pem']);
    const list = await keys(['list']);
    expect(list.code).toBe(0);
    expect(list.output).toMatch(new RegExp(`${first} +ES256 +signing +20\\S+Z\n${second} +RS256 +announced +20\\S+Z `));

    const refused = await keys(['rotate']);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/try again at 20\S+Z, or use --force/);
    expect((await keys(['rotate', '--force'])).output).toContain(`${second} (RS256) signs`);
    expect(await keys(['retire', '--force'])).toEqual({ code: 0, output: `removed ${first}\n` });
    expect((await keys(['list'])).output).toMatch(new RegExp(`^KID.*\n${second} .* signing .*Z\n$`));
  });

  test('goes where KEYS_DIR says, also from an --env-file', async () => {
    await mkdir(join(folder, 'elsewhere'), { mode: 0o700 });
    await writeFile(join(folder, 'settings.env'), 'KEYS_DIR=elsewhere\n');
    await keys(['generate', '--env-file=settings.env']);
    const key = await readFile(join(folder, 'elsewhere', 'signing.pem'), 'utf8');
    expect(key).toContain('PRIVATE KEY');
    const { output } = await keys(['generate'], { KEYS_DIR: join(folder, 'elsewhere') });
    expect(output).toContain('is announced');
    expect(await readdir(folder)).not.toContain('data');
  });

  test('changes keys once when it is started twice at once', async () => {
    const changes = createKeyChanges(join(folder, 'data', 'keys'), systemClock);
    for (let count = 0; count < 2; count += 1) await changes.generate({ algorithm: 'ES256', force: false });
    const runs = await Promise.all([keys(['rotate', '--force']), keys(['rotate', '--force'])]);
    expect(runs.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(runs.map(({ output }) => output).join()).not.toMatch(/ at .*\.ts/);
  });

  test('says how it is used when it is called otherwise', async () => {
    const calls = [[], ['rotate', 'now'], ['generate', '--algorithm=HS256']];
    const runs = await Promise.all(calls.map((args) => keys(args)));
    expect(runs.map(({ code }) => code)).toEqual([1, 1, 1]);
    for (const { output } of runs) expect(output).toContain('rotate [--force]');
    expect(await keys(['list', '--now'])).toMatchObject({ code: 1, output: expect.stringContaining('--now') });
    expect(await readdir(folder)).toEqual([]);
  });

  test('warns of keys that others could read', async () => {
    await keys(['generate']);
    await chmod(join(folder, 'data', 'keys', 'signing.pem'), 0o644);
    expect((await keys(['list'])).output).toContain('warning: KEYS_DIR: data/keys/signing.pem');
  });

  if (process.geteuid?.() === 0) {
    test('warns root of keys that are not of the owner of their folder, whom it works for', async () => {
      await keys(['generate']);
      const place = join(folder, 'data', 'keys');
      await chown(place, 1000, 1000);
      await chown(join(place, 'signing.pem'), 1000, 1000);
      await keys(['generate']);
      expect((await keys(['list'])).output).not.toContain('warning');
      await chown(join(place, 'next.pem'), 1001, 1000);
      const { output } = await keys(['list']);
      expect(output.match(/warning: .*/g)).toEqual([
        expect.stringMatching(/^warning: KEYS_DIR: data\/keys\/next\.pem belongs to user 1001, .*: chown 1000 /),
      ]);
    });
  }
});
