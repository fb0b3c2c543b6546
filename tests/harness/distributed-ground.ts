import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthApp } from '@identity/auth/app';
import { applyMigrations as migrateAuth } from '@identity/auth/apply-migrations';
import { loadConfig as loadAuthConfig } from '@identity/auth/config';
import { createGatewayApp } from '@identity/gateway/app';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { createUsersApp } from '@identity/users/app';
import { applyMigrations as migrateUsers } from '@identity/users/apply-migrations';
import { loadConfig as loadUsersConfig } from '@identity/users/config';
import { newSecret, newSigningKey } from '../../scripts/embedded-secrets.js';
import { HIVE_ROUTER_SECRET, startHiveGateway } from './hive-gateway.js';
import { closeNetwork, startServerNetwork } from './network.js';
import { startRedis } from './redis-server.js';
import { routerName } from './router-name.js';
import { compilePlans } from './compile-plans.js';
import { secretsIn } from './secret-files.js';
import {
  TEST_ENVIRONMENT,
  tokensOfProcess,
  type Ground,
  type ServiceDeps,
  type TestService,
  type TestServices,
} from './services.js';
import { createTestDatabase } from './test-database.js';

/** Databases of its own on the run's MariaDB, a Redis of its own, and keys. The services share nothing else. */
export async function createDistributedGround(): Promise<Ground> {
  const [authDatabase, usersDatabase, redis, keysFolder] = await Promise.all([
    createTestDatabase('auth'),
    createTestDatabase('users'),
    startRedis(),
    mkdtemp(join(tmpdir(), 'identity-keys-')),
  ]);
  await writeFile(join(keysFolder, 'signing.pem'), newSigningKey(), { mode: 0o600 });
  const [routerSecret, passwordPepper] = [routerName() === 'hive' ? HIVE_ROUTER_SECRET : newSecret(), newSecret()];
  const servers = {
    authDatabaseUrl: authDatabase.url,
    usersDatabaseUrl: usersDatabase.url,
    redisUrl: redis.url,
  };
  const ground = {
    ...TEST_ENVIRONMENT,
    COMPILE_PLANS: compilePlans(),
    AUTH_DATABASE_URL: authDatabase.url,
    USERS_DATABASE_URL: usersDatabase.url,
    REDIS_URL: redis.url,
    KEYS_DIR: keysFolder,
    ROUTER_SECRET: routerSecret,
    PASSWORD_PEPPER: passwordPepper,
  };

  async function start({ logger, clock, statements, withNetwork, ...deps }: ServiceDeps): Promise<TestServices> {
    const serverNetwork = withNetwork === true ? await startServerNetwork(servers) : null;
    const environment = { ...ground, ...serverNetwork?.variables, ...deps.environment };
    await Promise.all([migrateAuth(authDatabase.url, logger), migrateUsers(usersDatabase.url, logger)]);
    const auth = await startService(({ port }) =>
      createAuthApp(loadAuthConfig({ ...environment, AUTH_PORT: port }), {
        logger: logger.child({ service: 'auth' }),
        clock: clock.now,
        ...tokensOfProcess(deps.createVerifiedTokens),
        onStatement: (sql) => {
          statements.record('auth', sql);
        },
      }),
    );
    const network = await serverNetwork?.toAuth(auth.url);
    const authUrl = network?.auth.url ?? auth.url;
    const users = await startService(({ port }) =>
      createUsersApp(loadUsersConfig({ ...environment, USERS_PORT: port, AUTH_URL: authUrl }), {
        logger: logger.child({ service: 'users' }),
        clock: clock.now,
        ...tokensOfProcess(deps.createVerifiedTokens),
        onStatement: (sql) => {
          statements.record('users', sql);
        },
      }),
    );
    const toSubgraphs = {
      ...environment,
      AUTH_URL: auth.url,
      SUBGRAPH_URL_AUTH: `${auth.url}/graphql`,
      SUBGRAPH_URL_USERS: `${users.url}/graphql`,
    };
    const startGateway = ({ port }: { readonly port: string }): App =>
      createGatewayApp(loadGatewayConfig({ ...toSubgraphs, GATEWAY_PORT: port }), {
        logger: logger.child({ service: 'gateway' }),
        clock: clock.now,
        ...tokensOfProcess(deps.createVerifiedTokens),
      });
    const gateway = await (routerName() === 'hive' ? startHiveGateway(toSubgraphs) : startService(startGateway));
    const close = async () => {
      for (const service of [gateway, users, auth]) await service.close();
      if (network !== undefined) await closeNetwork(network);
    };
    return { gateway, auth, users, routerSecret, ...(network === undefined ? {} : { network }), close };
  }

  return {
    redis,
    keysFolder,
    databaseUrls: { auth: authDatabase.url, users: usersDatabase.url },
    async secrets() {
      const passwords = Object.values(servers).map((url) => new URL(url).password);
      return [routerSecret, passwordPepper, ...passwords, ...(await secretsIn(keysFolder))];
    },
    start,
    async remove() {
      await Promise.all([
        authDatabase.drop(),
        usersDatabase.drop(),
        redis.stop(),
        rm(keysFolder, { recursive: true, force: true }),
      ]);
    },
  };
}

interface App {
  start(): Promise<string>;
  close(): Promise<void>;
}

/** @param create - Makes the service's app; the port `0` lets the operating system choose. */
async function startService(create: (on: { readonly port: string }) => App | Promise<App>): Promise<TestService> {
  let app = await create({ port: '0' });
  const url = await app.start();
  return {
    url,
    close: () => app.close(),
    async startAgain() {
      app = await create({ port: new URL(url).port });
      await app.start();
    },
  };
}
