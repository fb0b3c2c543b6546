import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { isInSync, PASSWORD, PASSWORD_ARGUMENTS, promotionOf, startMember, type RedisGroup } from './redis-group.js';
import { redisArguments } from './redis-server.js';

/** What the Sentinel calls the master. */
const MASTER = 'identity';

/** How long the master is silent before the Sentinel takes it for dead, in milliseconds. */
const DOWN_AFTER = 700;

/** Starts a master, a replica, and a Sentinel that watches them. Takes about 1 s. */
export async function startRedisWithSentinel(): Promise<RedisGroup> {
  const settings = [...PASSWORD_ARGUMENTS, '--repl-diskless-sync-delay', '0'];
  const master = await startMember((folder, port) => [...redisArguments(folder, port), ...settings]);
  const replica = await startMember((folder, port) => [
    ...redisArguments(folder, port),
    ...settings,
    ...['--replicaof', '127.0.0.1', String(master.port)],
  ]);
  await eventually('the replica has everything', () => isInSync(replica));
  const sentinel = await startMember(async (folder, port) => {
    const file = join(folder, 'sentinel.conf');
    await writeFile(file, sentinelConfiguration(folder, port, master.port));
    return [file, '--sentinel'];
  });
  await eventually('the Sentinel knows the replica', async () =>
    (await sentinel.redis.info('sentinel')).includes('slaves=1'),
  );
  return {
    url: `redis+sentinel://:${PASSWORD}@127.0.0.1:${String(sentinel.port)}/${MASTER}` + `?sentinelPassword=${PASSWORD}`,
    killMaster() {
      master.server.signal('SIGKILL');
    },
    promoted: () => promotionOf(replica),
    async stop() {
      await Promise.all([sentinel, replica, master].map((member) => member.stop()));
    },
  };
}

function sentinelConfiguration(folder: string, port: number, masterPort: number): string {
  return [
    `port ${String(port)}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `requirepass ${PASSWORD}`,
    `sentinel monitor ${MASTER} 127.0.0.1 ${String(masterPort)} 1`,
    `sentinel auth-pass ${MASTER} ${PASSWORD}`,
    `sentinel down-after-milliseconds ${MASTER} ${String(DOWN_AFTER)}`,
    `sentinel failover-timeout ${MASTER} 5000`,
    '',
  ].join('\n');
}
