import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createAuthApp } from '@identity/auth/app';
import { applyMigrations as migrateAuth } from '@identity/auth/apply-migrations';
import { loadConfig as loadAuthConfig } from '@identity/auth/config';
import { tryLockFile } from '@identity/database/file-lock';
import { createGatewayApp } from '@identity/gateway/app';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { systemClock, type Clock } from '@identity/service-kit/clock';
import { ConfigurationError } from '@identity/service-kit/environment';
import type { InProcessSubgraph } from '@identity/service-kit/in-process-calls';
import type { Logger } from '@identity/service-kit/logger';
import type { IsRevoked } from '@identity/service-kit/revocation';
import { createVerifiedTokens, type VerifiedTokens } from '@identity/service-kit/verified-tokens';
import { createUsersApp } from '@identity/users/app';
import { applyMigrations as migrateUsers } from '@identity/users/apply-migrations';
import { loadConfig as loadUsersConfig } from '@identity/users/config';
import type { EmbeddedConfig } from './config.js';
import { databaseUrlsIn, subgraphEnvironment } from './embedded-environment.js';
import { loadOrCreateSecrets } from './embedded-secrets.js';

/** What the embedded stack can be given from outside. */
export interface EmbeddedDeps {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** What the process remembers of tokens; a memory of its own by default. */
  readonly verifiedTokens?: VerifiedTokens;
  /** Sees every SQL statement, with the name of the subgraph that sent it. */
  readonly onStatement?: (subgraph: 'auth' | 'users', sql: string) => void;
}

/** One running service. */
export interface RunningService {
  /** The base URL. */
  readonly url: string;
  close(): Promise<void>;
}

/** A subgraph that the gateway reaches without a connection. */
interface StartedSubgraph {
  readonly url: string;
  readonly inProcess: InProcessSubgraph;
}

/** The running embedded stack. */
export interface EmbeddedStack {
  readonly gateway: RunningService & { reload(): Promise<void> };
  readonly auth: RunningService;
  readonly users: RunningService;
  /** What the gateway proves itself with to the subgraphs. */
  readonly routerSecret: string;
  close(): Promise<void>;
}

/**
 * Starts all three services in this process, on SQLite files in the data folder.
 *
 * @throws ConfigurationError naming the variable when a port is taken; nothing is left running then.
 */
export async function startEmbedded(
  config: Pick<EmbeddedConfig, 'dataFolder' | 'environment'>,
  { logger, clock = systemClock, verifiedTokens = createVerifiedTokens(), onStatement }: EmbeddedDeps,
): Promise<EmbeddedStack> {
  const dataFolder = resolve(config.dataFolder);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  // Two processes would not learn of each other's revocations.
  const lock = await tryLockFile(join(dataFolder, 'in-use'));
  if (lock === null)
    throw new ConfigurationError([
      `DATA_DIR: ${config.dataFolder} is in use by another process; stop it, or set DATA_DIR to another folder`,
    ]);
  const secrets = await loadOrCreateSecrets(dataFolder);
  const databaseUrls = databaseUrlsIn(dataFolder);
  await Promise.all([migrateAuth(databaseUrls.auth, logger), migrateUsers(databaseUrls.users, logger)]);

  const forSubgraphs = subgraphEnvironment(config.environment, dataFolder, secrets);
  const started: Pick<RunningService, 'close'>[] = [];
  let held = true;
  const releaseOnce = () => {
    if (held) lock.release();
    held = false;
  };
  const close = async () => {
    for (const service of started.splice(0).reverse()) await service.close();
    releaseOnce();
  };

  async function startAuth() {
    const auth = await createAuthApp(loadAuthConfig(forSubgraphs), {
      logger: logger.child({ service: 'auth' }),
      clock,
      verifiedTokens,
      onStatement: (sql) => onStatement?.('auth', sql),
    });
    started.push(auth);
    return { ...auth, url: await auth.start() };
  }

  async function startUsers(auth: { readonly url: string; readonly isRevoked: IsRevoked }) {
    const users = await createUsersApp(loadUsersConfig({ ...forSubgraphs, AUTH_URL: auth.url }), {
      logger: logger.child({ service: 'users' }),
      clock,
      isRevoked: auth.isRevoked,
      verifiedTokens,
      onStatement: (sql) => onStatement?.('users', sql),
    });
    started.push(users);
    return { ...users, url: await users.start() };
  }

  async function startGateway(auth: StartedSubgraph, users: StartedSubgraph) {
    const [authEndpoint, usersEndpoint] = [`${auth.url}/graphql`, `${users.url}/graphql`];
    const environment = {
      ...config.environment,
      ROUTER_SECRET: secrets.routerSecret,
      AUTH_URL: auth.url,
      SUBGRAPH_URL_AUTH: authEndpoint,
      SUBGRAPH_URL_USERS: usersEndpoint,
    };
    const gateway = createGatewayApp(loadGatewayConfig(environment), {
      logger: logger.child({ service: 'gateway' }),
      clock,
      verifiedTokens,
      // The ports stay open for everybody else.
      inProcess: new Map([
        [authEndpoint, auth.inProcess],
        [usersEndpoint, users.inProcess],
      ]),
    });
    started.push(gateway);
    return { url: await gateway.start(), close: gateway.close, reload: gateway.reload };
  }

  try {
    const auth = await startAuth();
    const users = await startUsers(auth);
    const gateway = await startGateway(auth, users);
    return { gateway, auth, users, routerSecret: secrets.routerSecret, close };
  } catch (error) {
    await close();
    throw error;
  }
}
