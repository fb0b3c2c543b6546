import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import {
  isInSync,
  PASSWORD,
  PASSWORD_ARGUMENTS,
  promotionOf,
  startMember,
  type RedisGroup,
  type RedisMember,
} from './redis-group.js';
import { redisArguments } from './redis-server.js';

/** All slots, shared out to three masters. */
const SLOTS = [
  [0, 5_460],
  [5_461, 10_922],
  [10_923, 16_383],
] as const;

/** How long a node is silent before the others take it for dead, in milliseconds. */
const NODE_TIMEOUT = 700;

/** Starts a Redis Cluster of three masters, and a replica of the one that has the revocations. Takes about 1 s. */
export async function startRedisCluster(): Promise<RedisGroup> {
  const nodes = await Promise.all([startNode(), startNode(), startNode(), startNode()]);
  const members = nodes.map(({ member }) => member);
  const [replica, ...masters] = members.toReversed();
  const [first] = masters;
  if (replica === undefined || first === undefined) throw new Error('there are no nodes');
  for (const [index, { redis }] of masters.entries()) {
    const [from = 0, to = 0] = SLOTS[index] ?? [];
    await redis.cluster('ADDSLOTSRANGE', from, to);
    await redis.cluster('SET-CONFIG-EPOCH', index + 1);
  }
  for (const { member, busPort } of nodes) await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', member.port, busPort);
  await eventually('all nodes know one another', async () =>
    (await Promise.all(members.map(clusterInfo))).every((info) => info.includes('cluster_known_nodes:4')),
  );
  const slot = await first.redis.cluster('KEYSLOT', '{revocations}');
  const master = masters[SLOTS.findIndex(([from, to]) => from <= slot && slot <= to)] ?? first;
  await replica.redis.cluster('REPLICATE', await master.redis.cluster('MYID'));
  await eventually('the cluster is complete', async () => {
    const states = await Promise.all(members.map(clusterInfo));
    return states.every((info) => info.includes('cluster_state:ok')) && (await isInSync(replica));
  });
  return {
    url: `redis+cluster://:${PASSWORD}@${masters.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}`,
    killMaster() {
      master.server.signal('SIGKILL');
    },
    promoted: () => promotionOf(replica),
    async stop() {
      await Promise.all(members.map((member) => member.stop()));
    },
  };
}

async function startNode(): Promise<{ readonly member: RedisMember; readonly busPort: number }> {
  const busPort = await freePort();
  const member = await startMember((folder, port) => [
    ...redisArguments(folder, port),
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
    ...['--cluster-node-timeout', String(NODE_TIMEOUT), '--repl-diskless-sync-delay', '0'],
    ...PASSWORD_ARGUMENTS,
  ]);
  return { member, busPort };
}

function clusterInfo({ redis }: RedisMember): Promise<string> {
  return redis.cluster('INFO');
}
