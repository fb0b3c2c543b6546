import { lastingPort } from '../../tests/torture/parts.js';
import { answersWell, localUrl, LONG_TOKENS, startPrograms, type Stack } from './stack.js';
import type { Servers } from './servers.js';

/** Starts gateway, Auth and Users as built, a process each, on MariaDB and Redis. */
export async function startServices({ environment }: Servers, folder: string): Promise<Stack> {
  const ports = { auth: await lastingPort(), users: await lastingPort(), gateway: await lastingPort() };
  const [auth, users, gateway] = [localUrl(ports.auth), localUrl(ports.users), localUrl(ports.gateway)];
  const variables = {
    ...environment,
    ...LONG_TOKENS,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    AUTH_PORT: String(ports.auth),
    USERS_PORT: String(ports.users),
    GATEWAY_PORT: String(ports.gateway),
    AUTH_URL: auth,
    SUBGRAPH_URL_AUTH: `${auth}/graphql`,
    SUBGRAPH_URL_USERS: `${users}/graphql`,
  };
  const started = await startPrograms(
    [
      { name: 'Auth', script: 'subgraphs/auth/dist/main.js', url: auth },
      { name: 'Users', script: 'subgraphs/users/dist/main.js', url: users },
      { name: 'gateway', script: 'gateway/dist/main.js', url: gateway },
    ].map(({ name, script, url }) => ({
      name,
      script,
      environment: variables,
      ready: () => answersWell(`${url}/health/ready`),
    })),
    folder,
  );
  return { url: `${gateway}/graphql`, ...started };
}
