import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { failureBody } from './failure-body.js';

/** What Node.js reports of requests that it could not read, as HTTP statuses; whatever else is 400. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers with JSON also what is no readable HTTP request, and so reaches no application: headers that are malformed or
 * too large, a body in broken pieces, one that never comes. Node.js by itself answers with a bare status line.
 */
export function answerMalformedRequests(server: Server): void {
  const latest = new WeakMap<Duplex, ServerResponse>();

  /** Forgets it with its answer, because a connection may live on for long, and a request holds its body. */
  function keep({ socket }: IncomingMessage, response: ServerResponse): void {
    latest.set(socket, response);
    response.on('close', () => {
      if (latest.get(socket) === response) latest.delete(socket);
    });
  }

  server.on('request', keep);
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    keep(request, response);
    answerUnreadable(response, 417);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const response = latest.get(socket);
    // An answer that has begun, or is due to an earlier request on this connection, must not be mixed with another.
    const mayAnswer =
      response === undefined || response.writableFinished || !(response.headersSent || response.req.complete);
    if (socket.writable && mayAnswer) socket.end(answerWith(STATUSES[error.code ?? ''] ?? 400));
    else socket.destroy();
  });
}

/** Answers a request that can be read as HTTP, and yet is none that anybody could answer. */
export function answerUnreadable(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader('content-type', JSON_TYPE).end(bodyFor(status));
}

const JSON_TYPE = 'application/json; charset=utf-8';

function answerWith(status: number): string {
  const body = bodyFor(status);
  return [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    `content-type: ${JSON_TYPE}`,
    `content-length: ${String(Buffer.byteLength(body))}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

function bodyFor(status: number): string {
  return JSON.stringify(failureBody('BAD_USER_INPUT', `The request could not be read: ${STATUS_CODES[status] ?? ''}.`));
}
