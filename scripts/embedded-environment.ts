import { join } from 'node:path';
import { embeddedDatabaseUrl, loadConfig as loadAuthConfig } from '@identity/auth/config';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { ConfigurationError, problemsOf } from '@identity/service-kit/environment';
import { loadConfig as loadUsersConfig } from '@identity/users/config';
import { loadConfig } from './config.js';
import { newSecret, type EmbeddedSecrets } from './embedded-secrets.js';

const LOOPBACK = '127.0.0.1';

/** Where the embedded stack keeps what each subgraph knows. */
export function databaseUrlsIn(dataFolder: string): { readonly auth: string; readonly users: string } {
  return {
    auth: embeddedDatabaseUrl(dataFolder),
    users: `sqlite:${join(dataFolder, 'users.sqlite')}`,
  };
}

/** What the subgraphs are told: the environment, except for what the embedded stack decides itself. */
export function subgraphEnvironment(
  environment: NodeJS.ProcessEnv,
  dataFolder: string,
  secrets: EmbeddedSecrets,
): NodeJS.ProcessEnv {
  const databaseUrls = databaseUrlsIn(dataFolder);
  return {
    ...environment,
    HOST: LOOPBACK,
    // When the gateway has stopped nobody is left to wait for.
    DRAIN_DELAY_MS: '0',
    REDIS_URL: '',
    ROUTER_SECRET: secrets.routerSecret,
    PASSWORD_PEPPER: secrets.passwordPepper,
    KEYS_DIR: secrets.keysFolder,
    AUTH_DATABASE_URL: databaseUrls.auth,
    USERS_DATABASE_URL: databaseUrls.users,
  };
}

/**
 * Checks everything that the embedded stack and its services can be told, before anything is created.
 *
 * @throws ConfigurationError with the problems of all of them at once.
 */
export function checkEnvironment(environment: NodeJS.ProcessEnv): void {
  const secrets = { keysFolder: 'keys', routerSecret: newSecret(), passwordPepper: newSecret() };
  // Whether this stack may run in production is the runner's own question, which it has answered by then.
  const forServices = { ...environment, ALLOW_EMBEDDED_IN_PRODUCTION: 'true' };
  const forSubgraphs = { ...subgraphEnvironment(forServices, 'data', secrets), AUTH_URL: '' };
  const problems = problemsOf(
    () => loadConfig(environment),
    () => loadAuthConfig(forSubgraphs),
    () => loadUsersConfig(forSubgraphs),
    () => loadGatewayConfig({ ...forServices, AUTH_URL: '', ROUTER_SECRET: secrets.routerSecret }),
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
}
