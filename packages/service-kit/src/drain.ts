import type { Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sends a server's clients elsewhere before it stops. */
export interface Drain {
  /**
   * From now on every answer closes its connection, so that the next request comes by a new one, which a balancer gives to
   * somebody else. Resolves when that has had its time; a server that does not listen needs none.
   */
  begin(): Promise<void>;
}

/** @param delayMs - How long a balancer needs to see that this server is not ready, in milliseconds. */
export function createDrain(server: Server, delayMs: number): Drain {
  const underWay = new Set<ServerResponse>();
  let draining = false;

  server.prependListener('request', (_request, response: ServerResponse) => {
    if (draining) {
      closeAfter(response);
      return;
    }
    underWay.add(response);
    response.on('close', () => underWay.delete(response));
  });

  return {
    async begin() {
      draining = true;
      for (const response of underWay) if (!response.headersSent) closeAfter(response);
      if (server.listening) await sleep(delayMs);
    },
  };
}

function closeAfter(response: ServerResponse): void {
  response.setHeader('connection', 'close');
}
