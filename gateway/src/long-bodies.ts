import type { Server } from 'node:http';
import { failureBody } from '@identity/service-kit/failure-body';
import type { RequestHandler } from 'express';

/** How long a client may go on with its body, so that it reads the answer before it finds the connection closed. */
const LINGER_MS = 1_000;

const BODY = JSON.stringify(failureBody('BAD_USER_INPUT', 'The request body is too large.'));

/** Answers requests that announce a body that is too long, before anything of it is read, and ends their connections. */
export function refuseLongBodies(maxBytes: number): RequestHandler {
  return (request, response, next) => {
    if (!(Number(request.headers['content-length']) > maxBytes)) {
      next();
      return;
    }
    response.writeHead(413, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(BODY),
      connection: 'close',
    });
    // All of the answer is on its way. To end it closes the connection, which would throw it away for whoever still sends.
    response.write(BODY);
    const timer = setTimeout(() => response.end(), LINGER_MS);
    request.once('end', () => response.end()).resume();
    response.once('close', () => {
      clearTimeout(timer);
    });
  };
}

/** Tells no client to go on with a body that {@link refuseLongBodies} refuses (RFC 9110, section 10.1.1). */
export function continueWithinLimit(server: Server, maxBytes: number): void {
  server.on('checkContinue', (request, response) => {
    if (!(Number(request.headers['content-length']) > maxBytes)) response.writeContinue();
    server.emit('request', request, response);
  });
}
