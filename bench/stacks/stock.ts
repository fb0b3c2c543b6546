import { lastingPort } from '../../tests/torture/parts.js';
import { ask } from '../targets.js';
import type { Servers } from './servers.js';
import { localUrl, startPrograms, type Stack } from './stack.js';

const SCRIPTS = 'bench/peers/stock-arrangement';

/** Starts what a team has built that followed documentation: stock gateway, stock subgraphs, on the same databases. */
export async function startStock(
  { databaseUrls, redisUrl }: Pick<Servers, 'databaseUrls' | 'redisUrl'>,
  secret: string,
  folder: string,
): Promise<Stack> {
  const ports = { auth: await lastingPort(), users: await lastingPort(), gateway: await lastingPort() };
  const [auth, users] = [`${localUrl(ports.auth)}/graphql`, `${localUrl(ports.users)}/graphql`];
  const url = localUrl(ports.gateway);
  const everywhere = {
    NODE_ENV: 'production',
    APOLLO_TELEMETRY_DISABLED: 'true',
    JWT_SECRET: secret,
    REDIS: redisUrl,
    AUTH: auth,
    USERS: users,
  };
  const subgraphs = [
    { name: 'auth', url: auth, port: ports.auth, database: databaseUrls.auth },
    { name: 'users', url: users, port: ports.users, database: databaseUrls.users },
  ].map(({ name, url: own, port, database }) => ({
    name,
    script: `${SCRIPTS}/${name}.js`,
    environment: { ...everywhere, PORT: String(port), DATABASE: database },
    ready: () => answers(own),
  }));
  const gateway = {
    name: 'gateway',
    script: `${SCRIPTS}/gateway.js`,
    environment: { ...everywhere, PORT: String(ports.gateway) },
    ready: () => answers(url),
  };
  return { url, ...(await startPrograms([...subgraphs, gateway], folder)) };
}

async function answers(url: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const answer = await ask({ url, headers }, { query: '{ __typename }' }).catch(() => '');
  return answer.includes('"Query"');
}
