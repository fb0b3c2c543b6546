import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyMigrations as migrateAuth } from '@identity/auth/apply-migrations';
import { applyMigrations as migrateUsers } from '@identity/users/apply-migrations';
import { createLogger } from '@identity/service-kit/logger';
import { newSecret, newSigningKey } from '../../scripts/embedded-secrets.js';
import { startMariaDb } from '../harness/mariadb-server.js';
import { startRedis } from '../harness/redis-server.js';
import { TEST_ENVIRONMENT } from '../harness/services.js';
import { stackName } from '../harness/stack-name.js';
import { lastingPort, type Part, patiently, startService } from './parts.js';

/** The whole system, each part a process of its own. */
export interface World {
  readonly gatewayUrl: string;
  readonly parts: readonly Part[];
  readonly databaseUrls: { readonly auth: string; readonly users: string };
  close(): Promise<void>;
}

/** What the services are told beside what the world decides. */
export interface WorldOptions {
  readonly nodeArguments?: readonly string[];
}

/** Starts the stack that is under test, with nothing in it. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-torture-'));
  const world = await (stackName() === 'embedded' ? startEmbedded : startDistributed)(folder, options);
  return {
    ...world,
    close: async () => {
      for (const part of world.parts) await part.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Parts = Omit<World, 'close'>;

async function startEmbedded(folder: string, { nodeArguments = [] }: WorldOptions): Promise<Parts> {
  const [port, data] = [await lastingPort(), join(folder, 'data')];
  const gatewayUrl = `http://127.0.0.1:${port}`;
  const everything = await startService({
    name: 'everything',
    script: 'scripts/start.ts',
    environment: { ...SETTINGS, DATA_DIR: data, GATEWAY_PORT: String(port) },
    folder,
    liveUrl: `${gatewayUrl}/health/ready`,
    nodeArguments,
  });
  return {
    gatewayUrl,
    parts: [everything],
    databaseUrls: { auth: `sqlite:${join(data, 'auth.sqlite')}`, users: `sqlite:${join(data, 'users.sqlite')}` },
  };
}

async function startDistributed(folder: string, { nodeArguments = [] }: WorldOptions): Promise<Parts> {
  const [mariaDb, redis] = await Promise.all([startMariaDb(), startRedis()]);
  const databaseUrls = { auth: await mariaDb.createDatabase('auth'), users: await mariaDb.createDatabase('users') };
  const logger = createLogger({ level: 'error' });
  await Promise.all([migrateAuth(databaseUrls.auth, logger), migrateUsers(databaseUrls.users, logger)]);

  const keys = join(folder, 'keys');
  await mkdir(keys, { mode: 0o700 });
  await writeFile(join(keys, 'signing.pem'), newSigningKey(), { mode: 0o600 });
  const ports = { auth: await lastingPort(), users: await lastingPort(), gateway: await lastingPort() };
  const urls = {
    auth: `http://127.0.0.1:${ports.auth}`,
    users: `http://127.0.0.1:${ports.users}`,
    gateway: `http://127.0.0.1:${ports.gateway}`,
  };
  const environment = {
    ...SETTINGS,
    AUTH_PORT: String(ports.auth),
    USERS_PORT: String(ports.users),
    GATEWAY_PORT: String(ports.gateway),
    AUTH_DATABASE_URL: databaseUrls.auth,
    USERS_DATABASE_URL: databaseUrls.users,
    REDIS_URL: redis.url,
    ROUTER_SECRET: newSecret(),
    PASSWORD_PEPPER: newSecret(),
    KEYS_DIR: keys,
    AUTH_URL: urls.auth,
    SUBGRAPH_URL_AUTH: `${urls.auth}/graphql`,
    SUBGRAPH_URL_USERS: `${urls.users}/graphql`,
  };
  const services = await Promise.all(
    [
      { name: 'auth', script: 'subgraphs/auth/src/main.ts', url: urls.auth },
      { name: 'users', script: 'subgraphs/users/src/main.ts', url: urls.users },
      { name: 'gateway', script: 'gateway/src/main.ts', url: urls.gateway },
    ].map(({ name, script, url }) =>
      startService({ name, script, environment, folder, liveUrl: `${url}/health/live`, nodeArguments }),
    ),
  );
  return {
    gatewayUrl: urls.gateway,
    parts: [...services, serverPart('MariaDB', mariaDb), serverPart('Redis', redis)],
    databaseUrls,
  };
}

/** A server of the harness. */
interface Server {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

function serverPart(name: string, server: Server): Part {
  return {
    name,
    get pid() {
      return server.pid;
    },
    kill: () => {
      server.signal('SIGKILL');
    },
    start: () => patiently(() => server.restart()),
    stop: () => server.stop(),
  };
}

// The deadline of subgraphs is the one they have in use: what it cuts off may still come about.
const SETTINGS = { ...TEST_ENVIRONMENT, SUBGRAPH_TIMEOUT_MS: '3000', LOG_LEVEL: 'error' };
