import { startSlowProxy, type SlowProxy } from './slow-proxy.js';

/** What a test can make slow, silent or broken for the services of one start, and for no others. */
export interface TestNetwork {
  /** The way to MariaDB. */
  readonly sql: SlowProxy;
  readonly redis: SlowProxy;
  /** The way of the other subgraphs to the Auth subgraph; the gateway has its own. */
  readonly auth: SlowProxy;
}

/** The ways to the servers, before the Auth subgraph is there. */
export interface ServerNetwork {
  /** The environment variables by which services find the servers. */
  readonly variables: Readonly<Record<string, string>>;
  /** Adds the way to the Auth subgraph. */
  toAuth(authUrl: string): Promise<TestNetwork>;
}

/** Puts a network in front of the servers of the distributed stack; both databases are on one server. */
export async function startServerNetwork(servers: {
  readonly authDatabaseUrl: string;
  readonly usersDatabaseUrl: string;
  readonly redisUrl: string;
}): Promise<ServerNetwork> {
  const [sql, redis] = await Promise.all([startSlowProxy(servers.authDatabaseUrl), startSlowProxy(servers.redisUrl)]);
  return {
    variables: {
      AUTH_DATABASE_URL: sql.url,
      USERS_DATABASE_URL: Object.assign(new URL(servers.usersDatabaseUrl), { host: new URL(sql.url).host }).href,
      REDIS_URL: redis.url,
    },
    toAuth: async (authUrl) => ({ sql, redis, auth: await startSlowProxy(authUrl) }),
  };
}

/** Takes a network down; its services must have ended. */
export async function closeNetwork({ sql, redis, auth }: TestNetwork): Promise<void> {
  await Promise.all([sql.close(), redis.close(), auth.close()]);
}
