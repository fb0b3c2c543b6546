import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@identity/client/client';
import { describe, expect, it, jest } from '@jest/globals';
import { newSecret, newSigningKey } from '../scripts/embedded-secrets.js';
import { readText } from '../scripts/project-files.js';
import { useCommandFolder } from './harness/command-folder.js';
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

const folder = useCommandFolder();

function register(url: string, username: string) {
  return createClient({ url }).register({ input: { username, email: `${username}@example.com`, password: PASSWORD } });
}

if (stackName() === 'embedded') {
  describe('npm start that cannot be', () => {
    it.each(['GATEWAY_PORT', 'AUTH_PORT', 'USERS_PORT'])('names %s when its port is taken', async (variable) => {
      const occupant: Server = createServer();
      const port = await freePort();
      await new Promise<void>((resolve) => occupant.listen(port, '127.0.0.1', resolve));
      const command = folder.run('scripts/start.ts', { ...ANY_PORT, [variable]: String(port) });
      expect(await command.exit()).toBe(1);
      expect(command.output()).toContain(`${variable}: port ${String(port)} is already in use`);
      occupant.close();
    });

    it('refuses a data folder that another process uses, whose revocations it would not know', async () => {
      await folder.run('scripts/start.ts', ANY_PORT).waitFor(/The supergraph is running/);
      const second = folder.run('scripts/start.ts', ANY_PORT);
      expect(await second.exit()).toBe(1);
      expect(second.output()).toContain('- DATA_DIR');
    });

    it('refuses production unless it is explicitly allowed', async () => {
      const refused = folder.run('scripts/start.ts', { ...ANY_PORT, NODE_ENV: 'production' });
      expect(await refused.exit()).toBe(1);
      expect(refused.output()).toContain('ALLOW_EMBEDDED_IN_PRODUCTION');

      const allowed = folder.run('scripts/start.ts', {
        ...ANY_PORT,
        BCRYPT_COST: '10',
        NODE_ENV: 'production',
        ALLOW_EMBEDDED_IN_PRODUCTION: 'true',
      });
      await allowed.waitFor(/The supergraph is running/);
    });

    it('refuses in production a signing key that others can read, and says what to do', async () => {
      const keysFolder = join(folder.path, 'data', 'keys');
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
      const refused = folder.run('scripts/start.ts', environment);
      expect(await refused.exit()).toBe(1);
      expect(refused.output()).toContain(`run: chmod 600 ${key}`);
      await chmod(key, 0o600);
      await folder.run('scripts/start.ts', environment).waitFor(/The supergraph is running/);
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
      await mkdir(join(folder.path, 'keys'), { mode: 0o700 });
      await writeFile(join(folder.path, 'keys', 'signing.pem'), newSigningKey(), { mode: 0o600 });
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
        KEYS_DIR: join(folder.path, 'keys'),
        BCRYPT_COST: '10',
        AUTH_URL: `http://127.0.0.1:${String(authPort)}`,
        SUBGRAPH_URL_AUTH: `http://127.0.0.1:${String(authPort)}/graphql`,
        SUBGRAPH_URL_USERS: `http://127.0.0.1:${String(usersPort)}/graphql`,
        SUPERGRAPH_PATH: join(folder.path, 'supergraph.graphql'),
        RELOAD_INTERVAL_MS: '0',
      };
      const supergraph = await readText('schema/supergraph.graphql');
      await writeFile(settings.SUPERGRAPH_PATH, supergraph);
      const envFile = join(folder.path, 'settings.env');
      await writeFile(
        envFile,
        Object.entries(settings)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
      const args = [`--env-file=${envFile}`];

      for (const script of ['subgraphs/auth/src/migrate.ts', 'subgraphs/users/src/migrate.ts']) {
        expect(await folder.run(script, {}, args).exit()).toBe(0);
      }
      const services = ['subgraphs/auth/src/main.ts', 'subgraphs/users/src/main.ts', 'gateway/src/main.ts'].map(
        (script) => folder.run(script, { NODE_OPTIONS: `--require=${HANG_UP_WHILE_LOADING}` }, args),
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
