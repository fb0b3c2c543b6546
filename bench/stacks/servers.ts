import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { startServers as startTestServers } from '../../tests/torture/servers.js';

/** A MariaDB and a Redis of the benchmark's own, with migrated databases, and the secrets that belong to them. */
export interface Servers {
  readonly databaseUrls: { readonly auth: string; readonly users: string };
  readonly redisUrl: string;
  /** What services are told of all that. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const VARIABLES = [
  'AUTH_DATABASE_URL',
  'USERS_DATABASE_URL',
  'REDIS_URL',
  'ROUTER_SECRET',
  'PASSWORD_PEPPER',
  'KEYS_DIR',
];

/** Starts them, from the programs that are installed on this machine. */
export async function startServers(folder: string): Promise<Servers> {
  const { mariaDb, redis, databaseUrls, environment } = await startTestServers(await mkdtemp(join(folder, 'servers-')));
  return {
    databaseUrls,
    redisUrl: redis.url,
    // Without the settings of the tests.
    environment: Object.fromEntries(Object.entries(environment).filter(([name]) => VARIABLES.includes(name))),
    stop: async () => {
      await Promise.all([mariaDb.stop(), redis.stop()]);
    },
  };
}
