import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port on the loopback that stays the same while the server behind it changes. */
export interface Forwarder {
  readonly port: number;
  /** Breaks all connections, and carries new ones to the server of this URL. Without one, breaks those, too. */
  leadTo(url: string | null): void;
}

/** Starts one that leads nowhere yet. It ends with this process, and does not keep it from ending. */
export async function startForwarder(): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  let target: URL | null = null;

  const server = createServer({ noDelay: true }, (client) => {
    if (target === null) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.unref().pipe(to);
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroySoon();
      });
    }
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return {
    port: portOf(server),
    leadTo(url) {
      target = url === null ? null : new URL(url);
      for (const socket of sockets) socket.destroy();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The forwarder listens on no port.');
  return address.port;
}
