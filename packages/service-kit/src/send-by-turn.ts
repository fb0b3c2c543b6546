import type { Socket } from 'node:net';

/**
 * Has a socket send what is written to it within one turn of the event loop together: to send costs several times what it
 * costs to make a message. Whoever writes a message corks the socket for it, as HTTP's servers and undici's clients do.
 */
export function sendByTurn(socket: Socket): void {
  const cork = socket.cork.bind(socket);
  const uncork = socket.uncork.bind(socket);
  let isHeld = false;
  socket.cork = () => {
    if (isHeld) return;
    isHeld = true;
    cork();
    setImmediate(() => {
      isHeld = false;
      uncork();
    });
  };
  // Servers end each message by uncorking whatever is corked.
  socket.uncork = () => {
    if (!isHeld) uncork();
  };
}
