import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Makes every answer of a server end. Node.js forgets those that wait for their turn behind another one on a connection
 * (RFC 9112, section 9.3.2) when that is closed: nobody who counts what is under way would ever hear of them again.
 */
export function closeLostAnswers(server: Server): void {
  const waiting = new WeakMap<Socket, Set<ServerResponse>>();

  function waitingOn(socket: Socket): Set<ServerResponse> {
    const known = waiting.get(socket);
    if (known !== undefined) return known;
    const answers = new Set<ServerResponse>();
    waiting.set(socket, answers);
    socket.once('close', () => {
      answers.forEach(close);
    });
    return answers;
  }

  server.on('request', ({ socket }, response: ServerResponse) => {
    // Of the one whose turn it is Node.js tells by itself.
    if (response.socket !== null) return;
    const answers = waitingOn(socket);
    answers.add(response);
    response.once('close', () => answers.delete(response));
  });
}

function close(response: ServerResponse): void {
  if (response.socket !== null || response.destroyed) return;
  response.destroy();
  response.emit('close');
}
