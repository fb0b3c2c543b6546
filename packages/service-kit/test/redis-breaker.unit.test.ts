import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createLogger } from '@identity/service-kit/logger';
import { createRedisBreaker, RedisSilentError, type AskRedis } from '@identity/service-kit/redis-breaker';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../../../tests/harness/eventually.js';

let server: Server;
let redis: Redis;
let mute = false;

beforeAll(async () => {
  // Answers every command that its key does not exist.
  server = createServer((socket) => {
    socket.on('data', (data) => {
      if (!mute) socket.write(':0\r\n'.repeat(data.toString().match(/^\*/gm)?.length ?? 0));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  redis = new Redis(address.port, '127.0.0.1', { enableReadyCheck: false, disableClientInfo: true });
  await once(redis, 'ready');
});

afterAll(async () => {
  redis.disconnect();
  server.close();
  await once(server, 'close');
});

it('one question without an answer is enough for all that ask the same Redis, each until it answers them', async () => {
  const group = new Set<() => void>();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const create = (): AskRedis => createRedisBreaker({ redis, nearbyKey: 'key', group, logger });
  const [first, second] = [create(), create()];
  expect(await second((server) => server.exists('key'))).toBe(0);
  await expect(first(() => new Promise(() => undefined))).rejects.not.toBeInstanceOf(RedisSilentError);

  let asked = 0;
  const ask = (askRedis: AskRedis) =>
    askRedis((server) => {
      asked += 1;
      return server.exists('key');
    });
  await expect(ask(second)).rejects.toBeInstanceOf(RedisSilentError);
  expect(asked).toBe(0);
  // What it has sent instead is answered before the second of these is sent.
  await redis.exists('key');
  await redis.exists('key');
  expect(await ask(second)).toBe(0);
  await expect(ask(first)).rejects.toBeInstanceOf(RedisSilentError);
});

it('nobody pays for a Redis that was silent before they ask, when it is watched, nor waits for one that is back', async () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
  const watching = new Redis(redis.options.port ?? 0, '127.0.0.1', {
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  await once(watching, 'ready');
  const ask = createRedisBreaker({ redis: watching, nearbyKey: 'key', watched: true, logger });
  try {
    mute = true;
    await eventually('it is known to be silent', () => lines.some((line) => line.includes('does not answer in time')));
    await expect(ask(() => new Promise(() => undefined))).rejects.toBeInstanceOf(RedisSilentError);
    mute = false;
    // What was never answered must not be taken for the answer to what is asked now.
    watching.disconnect(true);
    await eventually('it is known to be back', () => lines.some((line) => line.includes('answers in time again')));
    expect(await ask((server) => server.exists('key'))).toBe(0);
  } finally {
    mute = false;
    watching.disconnect();
  }
});
