import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackName } from '../harness/stack-name.js';
import { lastingPort, type Part, patiently, type ServicePart, startService } from './parts.js';
import { SETTINGS, startServers } from './servers.js';

/** The whole system, each part a process of its own. */
export interface World {
  readonly gatewayUrl: string;
  readonly parts: readonly Part[];
  /** Those of the parts that are this project's own. */
  readonly services: readonly ServicePart[];
  readonly databaseUrls: { readonly auth: string; readonly users: string };
  close(): Promise<void>;
}

/** What the services are told beside what the world decides. */
export interface WorldOptions {
  readonly nodeArguments?: readonly string[];
  /** Environment variables beyond the defaults of the tests; an empty one stands for the service's own default. */
  readonly environment?: Readonly<Record<string, string>>;
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

async function startEmbedded(folder: string, { nodeArguments = [], environment = {} }: WorldOptions): Promise<Parts> {
  const [port, data] = [await lastingPort(), join(folder, 'data')];
  const gatewayUrl = `http://127.0.0.1:${port}`;
  const everything = await startService({
    name: 'everything',
    script: 'scripts/start.ts',
    environment: { ...SETTINGS, ...environment, DATA_DIR: data, GATEWAY_PORT: String(port) },
    folder,
    liveUrl: `${gatewayUrl}/health/ready`,
    nodeArguments,
  });
  return {
    gatewayUrl,
    parts: [everything],
    services: [everything],
    databaseUrls: { auth: `sqlite:${join(data, 'auth.sqlite')}`, users: `sqlite:${join(data, 'users.sqlite')}` },
  };
}

async function startDistributed(
  folder: string,
  { nodeArguments = [], environment = {} }: WorldOptions,
): Promise<Parts> {
  const { mariaDb, redis, databaseUrls, environment: settings } = await startServers(folder);
  const ports = { auth: await lastingPort(), users: await lastingPort(), gateway: await lastingPort() };
  const urls = {
    auth: `http://127.0.0.1:${ports.auth}`,
    users: `http://127.0.0.1:${ports.users}`,
    gateway: `http://127.0.0.1:${ports.gateway}`,
  };
  const variables = {
    ...settings,
    AUTH_PORT: String(ports.auth),
    USERS_PORT: String(ports.users),
    GATEWAY_PORT: String(ports.gateway),
    AUTH_URL: urls.auth,
    SUBGRAPH_URL_AUTH: `${urls.auth}/graphql`,
    SUBGRAPH_URL_USERS: `${urls.users}/graphql`,
    ...environment,
  };
  const services = await Promise.all(
    [
      { name: 'auth', script: 'subgraphs/auth/src/main.ts', url: urls.auth },
      { name: 'users', script: 'subgraphs/users/src/main.ts', url: urls.users },
      { name: 'gateway', script: 'gateway/src/main.ts', url: urls.gateway },
    ].map(({ name, script, url }) =>
      startService({ name, script, environment: variables, folder, liveUrl: `${url}/health/live`, nodeArguments }),
    ),
  );
  return {
    gatewayUrl: urls.gateway,
    services,
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
