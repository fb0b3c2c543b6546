import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@identity/client/client';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newSecret, newSigningKey } from '../scripts/embedded-secrets.js';
import { readText } from '../scripts/project-files.js';
import { runCommand, type RunningCommand } from './harness/command.js';
import { freePort } from './harness/free-port.js';
import { startRedis } from './harness/redis-server.js';
import { stackName } from './harness/stack-name.js';
import { createTestDatabase } from './harness/test-database.js';

// Every start of a process compiles its sources.
jest.setTimeout(120_000);

const PASSWORD = 'a quiet harbour at dawn';
const ANY_PORT = {
  GATEWAY_PORT: '0',
  AUTH_PORT: '0',
  USERS_PORT: '0',
  BCRYPT_COST: '4',
  LIMIT_REGISTER_NETWORK: '1000/60',
  LIMIT_LOGIN_NETWORK: '1000/60',
};

const HANG_UP_WHILE_LOADING = fileURLToPath(new URL('harness/hang-up-while-loading.cjs', import.meta.url));
const PRINT_LOADED_PACKAGES = fileURLToPath(new URL('harness/print-loaded-packages.cjs', import.meta.url));

let folder: string;
let running: RunningCommand[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-command-'));
  running = [];
});

afterEach(async () => {
  for (const command of running) command.signal('SIGKILL');
  await Promise.all(running.map((command) => command.exit()));
  await rm(folder, { recursive: true, force: true });
});

function run(
  script: string,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): RunningCommand {
  const command = runCommand({ script, environment, args, folder });
  running.push(command);
  return command;
}

async function startEmbedded(
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly command: RunningCommand; readonly url: string }> {
  const command = run('scripts/start.js', { ...ANY_PORT, ...environment });
  const [, url = ''] = await command.waitFor(/Apollo Sandbox +(http:\S+)/);
  return { command, url };
}

function register(url: string, username: string) {
  return createClient({ url }).register({ input: { username, email: `${username}@example.com`, password: PASSWORD } });
}

function login(url: string, username: string) {
  return createClient({ url }).login({ input: { identifier: username, password: PASSWORD } });
}

if (stackName() === 'embedded') {
  describe('npm start', () => {
    it('outlives a SIGHUP while it is loaded, and answers it when it runs', async () => {
      const NODE_OPTIONS = `--require=${HANG_UP_WHILE_LOADING}`;
      const command = run('scripts/start.js', { ...ANY_PORT, NODE_OPTIONS, LOG_LEVEL: 'info' });
      await command.waitFor(/The supergraph is running/);
      await command.waitFor(/"signal":"SIGHUP"/);
      command.signal('SIGTERM');
      expect(await command.exit()).toBe(0);
    });

    it('says where to go, keeps everything in ./data, private to its owner, and stops cleanly', async () => {
      const { command, url } = await startEmbedded({ NODE_OPTIONS: `--require=${PRINT_LOADED_PACKAGES}` });
      // The gateway reads its files again; without a handler it would end the process.
      command.signal('SIGHUP');
      expect((await register(url, 'ada')).data?.register.userErrors).toEqual([]);

      command.signal('SIGTERM');
      expect(await command.exit()).toBe(0);
      // Nobody has asked for traces.
      expect(command.output()).toMatch(/^loaded: .*\bsequelize\b/m);
      expect(command.output()).not.toMatch(/^loaded: .*@opentelemetry\/sdk-trace/m);
      expect(await readdir(folder)).toEqual(['data']);
      for (const file of ['keys/signing.pem', 'keys/router-secret', 'keys/password-pepper', 'auth.sqlite']) {
        expect({ file, mode: (await stat(join(folder, 'data', file))).mode & 0o777 }).toEqual({ file, mode: 0o600 });
      }

      const again = await startEmbedded();
      expect((await login(again.url, 'ada')).data?.login.userErrors).toEqual([]);
    });

    it.each(['GATEWAY_PORT', 'AUTH_PORT', 'USERS_PORT'])('names %s when its port is taken', async (variable) => {
      const occupant: Server = createServer();
      const port = await freePort();
      await new Promise<void>((resolve) => occupant.listen(port, '127.0.0.1', resolve));
      const command = run('scripts/start.ts', { ...ANY_PORT, [variable]: String(port) });
      expect(await command.exit()).toBe(1);
      expect(command.output()).toContain(`${variable}: port ${String(port)} is already in use`);
      occupant.close();
    });

    it('refuses a data folder that another process uses, whose revocations it would not know', async () => {
      await startEmbedded();
      const second = run('scripts/start.ts', ANY_PORT);
      expect(await second.exit()).toBe(1);
      expect(second.output()).toContain('- DATA_DIR');
    });

    it('refuses production unless it is explicitly allowed', async () => {
      const refused = run('scripts/start.ts', { ...ANY_PORT, NODE_ENV: 'production' });
      expect(await refused.exit()).toBe(1);
      expect(refused.output()).toContain('ALLOW_EMBEDDED_IN_PRODUCTION');

      const allowed = run('scripts/start.ts', {
        ...ANY_PORT,
        BCRYPT_COST: '10',
        NODE_ENV: 'production',
        ALLOW_EMBEDDED_IN_PRODUCTION: 'true',
      });
      await allowed.waitFor(/The supergraph is running/);
    });

    it('refuses in production a signing key that others can read, and says what to do', async () => {
      const keysFolder = join(folder, 'data', 'keys');
      const key = join(keysFolder, 'signing.pem');
      await mkdir(keysFolder, { recursive: true, mode: 0o700 });
      await writeFile(key, newSigningKey());
      await chmod(key, 0o644);
      const environment = {
        ...ANY_PORT,
        BCRYPT_COST: '10',
        NODE_ENV: 'production',
        ALLOW_EMBEDDED_IN_PRODUCTION: 'true',
      };
      const refused = run('scripts/start.ts', environment);
      expect(await refused.exit()).toBe(1);
      expect(refused.output()).toContain(`run: chmod 600 ${key}`);
      await chmod(key, 0o600);
      await run('scripts/start.ts', environment).waitFor(/The supergraph is running/);
    });
  });
}

if (stackName() === 'distributed') {
  describe('the three services, each by itself', () => {
    it('migrate, start from an --env-file, answer together, and stop cleanly', async () => {
      const [auth, users, redis] = await Promise.all([
        createTestDatabase('auth'),
        createTestDatabase('users'),
        startRedis(),
      ]);
      const [authPort, usersPort] = [await freePort(), await freePort()];
      await mkdir(join(folder, 'keys'), { mode: 0o700 });
      await writeFile(join(folder, 'keys', 'signing.pem'), newSigningKey(), { mode: 0o600 });
      const settings = {
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        GATEWAY_PORT: '0',
        AUTH_PORT: String(authPort),
        USERS_PORT: String(usersPort),
        AUTH_DATABASE_URL: auth.url,
        USERS_DATABASE_URL: users.url,
        REDIS_URL: redis.url,
        ROUTER_SECRET: newSecret(),
        PASSWORD_PEPPER: newSecret(),
        KEYS_DIR: join(folder, 'keys'),
        BCRYPT_COST: '10',
        AUTH_URL: `http://127.0.0.1:${String(authPort)}`,
        SUBGRAPH_URL_AUTH: `http://127.0.0.1:${String(authPort)}/graphql`,
        SUBGRAPH_URL_USERS: `http://127.0.0.1:${String(usersPort)}/graphql`,
        SUPERGRAPH_PATH: join(folder, 'supergraph.graphql'),
        RELOAD_INTERVAL_MS: '0',
      };
      const supergraph = await readText('schema/supergraph.graphql');
      await writeFile(settings.SUPERGRAPH_PATH, supergraph);
      const envFile = join(folder, 'settings.env');
      await writeFile(
        envFile,
        Object.entries(settings)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
      const args = [`--env-file=${envFile}`];

      for (const script of ['subgraphs/auth/src/migrate.ts', 'subgraphs/users/src/migrate.ts']) {
        expect(await run(script, {}, args).exit()).toBe(0);
      }
      const services = ['subgraphs/auth/src/main.ts', 'subgraphs/users/src/main.ts', 'gateway/src/main.ts'].map(
        (script) => run(script, { NODE_OPTIONS: `--require=${HANG_UP_WHILE_LOADING}` }, args),
      );
      const [authService, usersService, gateway] = services;
      await Promise.all([authService?.waitFor(/"msg":"listening"/), usersService?.waitFor(/"msg":"listening"/)]);
      const [, url = ''] = (await gateway?.waitFor(/"url":"([^"]+)","msg":"listening"/)) ?? [];

      for (const service of services) {
        await service.waitFor(/"signal":"SIGHUP"/);
        service.signal('SIGHUP');
        await service.waitFor(/"signal":"SIGHUP".*[^]*"signal":"SIGHUP"/);
      }

      expect((await fetch(`${url}/health`)).status).toBe(200);
      const registered = await register(`${url}/graphql`, 'ada');
      const ada = createClient({
        url: `${url}/graphql`,
        accessToken: registered.data?.register.tokens?.accessToken ?? '',
      });
      expect((await ada.updateProfile({ input: { bio: 'three processes' } })).data?.updateProfile.userErrors).toEqual(
        [],
      );
      expect((await ada.me()).data?.me).toMatchObject({ username: 'ada', profile: { bio: 'three processes' } });

      await writeFile(settings.SUPERGRAPH_PATH, `${supergraph}\n# changed\n`);
      gateway?.signal('SIGHUP');
      await gateway?.waitFor(/"file":"supergraph".*its new version is live/);
      expect((await ada.me()).data?.me).toMatchObject({ username: 'ada' });

      for (const service of services) service.signal('SIGTERM');
      expect(await Promise.all(services.map((service) => service.exit()))).toEqual([0, 0, 0]);
      await Promise.all([auth.drop(), users.drop(), redis.stop()]);
    });
  });
}
