import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { failureBody } from './failure-body.js';

/** How many requests may wait on one connection behind another: far more than anybody sends who wants answers. */
const MAX_PIPELINED = 100;

const BODY = JSON.stringify(failureBody('SERVICE_UNAVAILABLE', 'Too many requests are waiting for their answers.'));

/**
 * Keeps floods of requests from a listener: each takes memory until it is answered, whether anything is done for it or not,
 * and pipelining (RFC 9112, section 9.3.2) brings hundreds with one packet. Whoever pipelines too many is disconnected.
 *
 * @param maxUnanswered - How many requests may wait for their answers, on all connections.
 */
export function turnFloodsAway(listener: RequestListener, maxUnanswered: number): RequestListener {
  const pipelined = new WeakMap<Socket, number>();
  let unanswered = 0;

  /** @returns Whether there was room on the connection. */
  function wait(socket: Socket, response: ServerResponse): boolean {
    const waiting = pipelined.get(socket) ?? 0;
    if (waiting >= MAX_PIPELINED) return false;
    pipelined.set(socket, waiting + 1);
    response.once('close', () => pipelined.set(socket, (pipelined.get(socket) ?? 1) - 1));
    return true;
  }

  return (request, response) => {
    const { socket } = request;
    // Of one that is closed the requests that came with the same packet are still told.
    if (socket.destroyed) return;
    const waits = response.socket === null;
    if (unanswered >= maxUnanswered) refuse(request, response);
    else if (waits && !wait(socket, response)) socket.destroy();
    else {
      unanswered += 1;
      response.once('close', () => (unanswered -= 1));
      listener(request, response);
    }
  };
}

/** In as few words as possible, and not logged: there are very many of them. */
function refuse({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.socket === null) {
    socket.destroy();
    return;
  }
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(BODY),
    'retry-after': '1',
    connection: 'close',
  });
  response.end(BODY);
}
