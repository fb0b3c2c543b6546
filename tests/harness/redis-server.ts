import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from './available-stacks.js';
import { freePort } from './free-port.js';
import { type ServerProcess, startServerProcess, waitUntilReady } from './server-process.js';

/** A Redis of its own for one test file. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it and starts another one, empty, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

const MAX_ATTEMPTS = 5;

/** Starts a Redis that keeps nothing on disk and asks for a password, on a free port of the loopback. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-redis-'));
  const password = randomBytes(24).toString('hex');
  const start = (port: number): Promise<ServerProcess> =>
    startRedisProcess(folder, port, [...redisArguments(folder, port), '--requirepass', password]);
  const started = await startOnFreePort(start);
  const { port } = started;
  let { server } = started;
  return {
    url: `redis://default:${password}@127.0.0.1:${String(port)}`,
    port,
    get pid() {
      return server.pid;
    },
    restart: async () => {
      await server.stop();
      server = await start(port);
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
    signal: (signal) => {
      server.signal(signal);
    },
  };
}

/** A Redis that keeps nothing on disk, on a port of the loopback. */
export function redisArguments(folder: string, port: number): readonly string[] {
  return ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'];
}

/** Starts a Redis with the arguments of its command line, which name the port. */
export async function startRedisProcess(
  folder: string,
  port: number,
  args: readonly string[] = redisArguments(folder, port),
): Promise<ServerProcess> {
  const program = findRedis();
  if (program === undefined) throw new Error('redis-server was not found.');
  const server = await startServerProcess(program, [...args], folder);
  try {
    await waitUntilReady(server, () => answersPing(port));
  } catch (error) {
    await server.stop();
    throw error;
  }
  // Someone else's Redis may answer on the port that this one could not get.
  if (server.exited) throw new Error(`The port ${String(port)} is taken.`);
  return server;
}

/** Another process may take a port between the question for it and its use. */
export async function startOnFreePort(
  start: (port: number) => Promise<ServerProcess>,
): Promise<{ port: number; server: ServerProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, server: await start(port) };
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (reply) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(reply.toString()));
      socket.destroy();
    });
    for (const event of ['error', 'close']) {
      socket.on(event, () => {
        resolve(false);
      });
    }
  });
}
