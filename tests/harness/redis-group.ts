import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { startOnFreePort, startRedisProcess } from './redis-server.js';
import type { ServerProcess } from './server-process.js';

/** Redis servers that stand in for one another. */
export interface RedisGroup {
  /** For `REDIS_URL`. */
  readonly url: string;
  /** Kills the server that has the revocations. */
  killMaster(): void;
  /** Waits until another one has taken its place. */
  promoted(): Promise<void>;
  stop(): Promise<void>;
}

/** One server of a group. */
export interface RedisMember {
  readonly port: number;
  readonly server: ServerProcess;
  /** Talks to this server alone. */
  readonly redis: Redis;
  stop(): Promise<void>;
}

/** What every server of a group asks for. */
export const PASSWORD = 'Zb9kTnQ2yLpHs8Jc4GfWuEo6RaIxDt1B';

/** The arguments that make a server ask for the password, and know it as a replica. */
export const PASSWORD_ARGUMENTS = ['--requirepass', PASSWORD, '--masterauth', PASSWORD];

/** Starts a server of a group with the arguments that its folder and its port lead to. */
export async function startMember(
  argumentsOf: (folder: string, port: number) => readonly string[] | Promise<readonly string[]>,
): Promise<RedisMember> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-redis-'));
  const { port, server } = await startOnFreePort(async (free) =>
    startRedisProcess(folder, free, await argumentsOf(folder, free)),
  );
  const redis = new Redis({
    port,
    host: '127.0.0.1',
    password: PASSWORD,
    retryStrategy: () => 50,
    disconnectTimeout: 50,
  });
  redis.on('error', () => undefined);
  return {
    port,
    server,
    redis,
    async stop() {
      redis.disconnect();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a server is a replica that has everything. */
export async function isInSync({ redis }: RedisMember): Promise<boolean> {
  return (await redis.info('replication')).includes('master_link_status:up');
}

/** Waits until a server is a master. */
export function promotionOf({ redis }: RedisMember): Promise<void> {
  return eventually('the replica has been promoted', async () =>
    (await redis.info('replication')).includes('role:master'),
  );
}
