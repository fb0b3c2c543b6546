import { once } from 'node:events';
import { get } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Gives new connections to several instances of a service in turn, to those that say that they are ready. */
export interface Balancer {
  /** How many instances were ready when they were last asked. */
  readonly readyCount: number;
  /** How many connections it could give to nobody. */
  readonly refused: number;
  /** How many connections each instance was given. */
  readonly given: readonly number[];
  close(): Promise<void>;
}

const ASKS_EVERY_MS = 100;
const PATIENCE_MS = 1_000;

/**
 * Starts one on a port of the loopback. It is as simple as they come: it never looks into a connection, and never tries
 * another instance when one does not take what it was given.
 *
 * @param instances - Their base URLs
 */
export async function startBalancer(port: number, instances: readonly string[]): Promise<Balancer> {
  const backends = instances.map((url) => ({ url: new URL(url), isReady: false, given: 0 }));
  const sockets = new Set<Socket>();
  let turn = 0;
  let refused = 0;
  let closed = false;

  async function watch(backend: (typeof backends)[number]): Promise<void> {
    while (!closed) {
      backend.isReady = await isReady(backend.url);
      await sleep(ASKS_EVERY_MS);
    }
  }

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const ready = backends.filter((backend) => backend.isReady);
    const backend = ready[turn % ready.length];
    if (backend === undefined) {
      refused += 1;
      client.resetAndDestroy();
      return;
    }
    turn += 1;
    backend.given += 1;
    const { hostname: host, port: backendPort } = backend.url;
    const upstream = connect({ host, port: Number(backendPort), noDelay: true, allowHalfOpen: true });
    join(client, upstream);
    join(upstream, client);
  });

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroySoon();
    });
  }

  const watching = Promise.all(backends.map(watch));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    get readyCount() {
      return backends.filter((backend) => backend.isReady).length;
    },
    get refused() {
      return refused;
    },
    get given() {
      return backends.map(({ given }) => given);
    },
    async close() {
      closed = true;
      await watching;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function isReady(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(new URL('/health/ready', url), { agent: false, timeout: PATIENCE_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.on('error', () => {
      resolve(false);
    });
  });
}
