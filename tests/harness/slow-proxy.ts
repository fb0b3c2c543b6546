import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TCP proxy on the loopback in front of one server: a network that a test can make slow, silent or broken. */
export interface SlowProxy {
  /** The URL of the server, by way of the proxy. */
  readonly url: string;
  /** Holds back every answer of the server for as long, from now on. What is sent to the server is not delayed. */
  delay(milliseconds: number): void;
  /** Keeps all connections open, takes new ones, and carries nothing in either direction until `heal`. */
  freeze(): void;
  /** Carries nothing any more on the connections that are open, which learn nothing of it; new ones work. */
  strand(): void;
  /** Breaks all connections, and every new one, until `heal`. */
  cut(): void;
  /** Works like a cable again; what `freeze` has held back is delivered. */
  heal(): void;
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of the server of a URL, whatever its scheme.
 *
 * @param onClosed - Hears of every connection of a client that has closed.
 */
export async function startSlowProxy(serverUrl: string, onClosed: () => void = () => undefined): Promise<SlowProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let latency = 0;
  let isCut = false;
  let frozen: { readonly until: Promise<void>; readonly end: () => void } | null = null;

  const server = createServer({ noDelay: true }, (client) => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    client.on('close', onClosed);
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    carry(client, upstream, () => 0);
    carry(upstream, client, () => latency);
  });

  /** Carries bytes in order, each chunk at its own time, and at last the end of the connection. */
  function carry(from: Socket, to: Socket, latencyNow: () => number): void {
    let queue: Promise<void> | null = null;

    function inOrder(deliver: () => void): void {
      const time = performance.now() + latencyNow();
      if (queue === null && frozen === null && latencyNow() === 0) {
        deliver();
        return;
      }
      const turn = (queue ?? Promise.resolve())
        .then(() => sleep(time - performance.now()))
        .then(() => frozen?.until)
        .then(deliver)
        .finally(() => {
          if (queue === turn) queue = null;
        });
      queue = turn;
    }

    sockets.add(from);
    from.on('data', (chunk) => {
      inOrder(() => to.write(chunk));
    });
    // A broken connection closes, and the other end learns no more than that.
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      inOrder(() => to.destroySoon());
    });
  }

  function destroyAll(): void {
    for (const socket of sockets) socket.destroy();
  }

  function heal(): void {
    latency = 0;
    isCut = false;
    frozen?.end();
    frozen = null;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: throughPort(target, server.address()),
    delay(milliseconds) {
      latency = milliseconds;
    },
    freeze() {
      frozen ??= newFreeze();
    },
    strand() {
      // Nobody reads on, and nobody closes.
      for (const socket of sockets) socket.removeAllListeners('data').removeAllListeners('close').pause();
    },
    cut() {
      isCut = true;
      destroyAll();
    },
    heal,
    async close() {
      heal();
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function newFreeze(): { readonly until: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { until, end };
}

function throughPort(target: URL, address: ReturnType<ReturnType<typeof createServer>['address']>): string {
  if (address === null || typeof address === 'string') throw new Error('The proxy listens on no port.');
  const url = new URL(target);
  url.host = `127.0.0.1:${String(address.port)}`;
  return url.href;
}
