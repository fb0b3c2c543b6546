import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort, type ServicePart, startService } from '../torture/parts.js';
import { startServers } from '../torture/servers.js';
import { startWorld } from '../torture/worlds.js';
import { type SlowProxy, startSlowProxy } from './slow-proxy.js';
import { stackName } from './stack-name.js';

/** A service that is about to stop. */
export interface Stopping {
  readonly part: ServicePart;
  readonly url: string;
  /** Which servers it has let go of since this was emptied, a name for each connection. */
  readonly letGo: string[];
}

/** Services whose end can be watched from outside. */
export interface Scene {
  readonly auth: Stopping;
  readonly users: Stopping;
  readonly databaseUrls: { readonly auth: string; readonly users: string };
  /** What whoever calls a subgraph past the gateway has to send. */
  readonly headers: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const STOP_TIMES = { DRAIN_DELAY_MS: '1000', SHUTDOWN_GRACE_MS: '8000' };

/** Starts what subgraphs there are on the stack that is under test, as processes of their own, with nothing in them. */
export function startScene(): Promise<Scene> {
  return stackName() === 'embedded' ? startOneProcess() : startSubgraphs();
}

async function startOneProcess(): Promise<Scene> {
  const world = await startWorld({ environment: STOP_TIMES });
  const [part] = world.services;
  if (part === undefined) throw new Error('There is no service.');
  const all = { part, url: world.gatewayUrl, letGo: [] };
  return { ...world, auth: all, users: all, headers: {} };
}

async function startSubgraphs(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-stopping-'));
  const { mariaDb, redis, databaseUrls, environment } = await startServers(folder);
  const ports = { auth: await lastingPort(), users: await lastingPort() };
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
  const ways: SlowProxy[] = [];

  async function start(name: 'auth' | 'users'): Promise<Stopping> {
    const letGo: string[] = [];
    const sql = await startSlowProxy(databaseUrls[name], () => letGo.push('database'));
    const revocations = await startSlowProxy(redis.url, () => letGo.push('Redis'));
    ways.push(sql, revocations);
    const url = urlOf(ports[name]);
    const part = await startService({
      name,
      script: `subgraphs/${name}/src/main.ts`,
      environment: {
        ...environment,
        ...STOP_TIMES,
        [`${name.toUpperCase()}_PORT`]: String(ports[name]),
        [`${name.toUpperCase()}_DATABASE_URL`]: sql.url,
        AUTH_URL: urlOf(ports.auth),
        REDIS_URL: revocations.url,
      },
      folder,
      liveUrl: `${url}/health/ready`,
    });
    return { part, url, letGo };
  }

  const [auth, users] = await Promise.all([start('auth'), start('users')]);
  return {
    auth,
    users,
    databaseUrls,
    headers: { 'router-authorization': environment['ROUTER_SECRET'] ?? '' },
    async close() {
      await Promise.all([auth.part.stop(), users.part.stop()]);
      await Promise.all(ways.map((way) => way.close()));
      await Promise.all([mariaDb.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
