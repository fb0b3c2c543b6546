import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Balancer, startBalancer } from '../harness/balancer.js';
import { eventually } from '../harness/eventually.js';
import { lastingPort, type ServicePart, startService } from '../torture/parts.js';
import { startServers } from '../torture/servers.js';

/** Instances of one service behind a balancer. */
export interface Group {
  readonly name: 'auth' | 'users' | 'gateway';
  readonly instances: readonly ServicePart[];
  readonly balancer: Balancer;
  /** Resolves when the balancer sends to every instance. */
  untilReady(): Promise<void>;
}

/** Two instances of each service, on one MariaDB and one Redis. */
export interface Fleet {
  /** The address of the gateways' balancer. */
  readonly url: string;
  /** The subgraphs first. */
  readonly groups: readonly Group[];
  close(): Promise<void>;
}

export const INSTANCES = 2;
// Whoever is silent for so long is gone before its server stops; a balancer asks more often.
export const IDLE_MS = 500;
const ENVIRONMENT = { DRAIN_DELAY_MS: '1500', SUBGRAPH_KEEP_ALIVE_MS: String(IDLE_MS), LOG_LEVEL: 'warn' };
// Where other tests run beside it, three services that start at once can leave anybody without a share of the machine for a
// second: a request, and whoever has to notice that an instance is about to stop.
const PATIENT = {
  SUBGRAPH_TIMEOUT_MS: '15000',
  REQUEST_TIMEOUT_MS: '18000',
  DATABASE_TIMEOUT_MS: '10000',
  DRAIN_DELAY_MS: '3000',
};

const SCRIPTS = {
  auth: 'subgraphs/auth/src/main.ts',
  users: 'subgraphs/users/src/main.ts',
  gateway: 'gateway/src/main.ts',
} as const;

/**
 * Starts a fleet with nothing in its databases.
 *
 * @param options.isPatient - Whether its deadlines are longer than those by default
 */
export async function startFleet({ isPatient }: { readonly isPatient: boolean }): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-restarts-'));
  const { mariaDb, redis, environment: settings } = await startServers(folder);
  const ports = { auth: await lastingPort(), users: await lastingPort(), gateway: await lastingPort() };
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
  const environment = {
    ...settings,
    ...ENVIRONMENT,
    ...(isPatient ? PATIENT : {}),
    AUTH_URL: urlOf(ports.auth),
    SUBGRAPH_URL_AUTH: `${urlOf(ports.auth)}/graphql`,
    SUBGRAPH_URL_USERS: `${urlOf(ports.users)}/graphql`,
  };

  async function startInstance(name: Group['name'], index: number, url: string): Promise<ServicePart> {
    return startService({
      name: `${name}-${index}`,
      script: SCRIPTS[name],
      environment: { ...environment, [`${name.toUpperCase()}_PORT`]: new URL(url).port },
      folder,
      liveUrl: `${url}/health/ready`,
    });
  }

  async function startGroup(name: Group['name']): Promise<Group> {
    const urls: string[] = [];
    while (urls.length < INSTANCES) urls.push(urlOf(await lastingPort()));
    const instances = await Promise.all(urls.map((url, index) => startInstance(name, index, url)));
    const balancer = await startBalancer(ports[name], urls);
    return {
      name,
      instances,
      balancer,
      untilReady: () => eventually(`${name} is ready`, () => balancer.readyCount === INSTANCES),
    };
  }

  const groups = await Promise.all((['auth', 'users', 'gateway'] as const).map(startGroup));
  for (const group of groups) await group.untilReady();
  return {
    url: urlOf(ports.gateway),
    groups,
    async close() {
      await Promise.all(groups.flatMap(({ instances }) => instances.map((instance) => instance.stop())));
      await Promise.all(groups.map(({ balancer }) => balancer.close()));
      await Promise.all([mariaDb.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
