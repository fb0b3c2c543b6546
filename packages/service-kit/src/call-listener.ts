import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { MAX_CALL_BYTES, type AnswerCall } from './gateway-calls.js';
import { isPlainPost } from './plain-post.js';
import { isRepeated } from './repeated-header.js';
import { readBytes } from './request-bytes.js';

/**
 * Takes the calls of a gateway from a server as soon as Node.js has read their headers.
 *
 * @param otherwise - Takes everything else, and whatever is spelt in another way than gateways do.
 */
export function createCallListener(answerCall: AnswerCall, otherwise: RequestListener): RequestListener {
  return (request, response) => {
    if (isPlainCall(request)) serve(request, response, answerCall);
    else otherwise(request, response);
  };
}

function isPlainCall(request: IncomingMessage): boolean {
  const { headers, rawHeaders } = request;
  return isPlainPost(request) && (headers.authorization === undefined || !isRepeated('authorization', rawHeaders));
}

function serve(request: IncomingMessage, response: ServerResponse, answerCall: AnswerCall): void {
  const { answer, ended } = answerCall({
    headers: request.headers,
    readBody: async () => decoder.decode(await readBytes(request, MAX_CALL_BYTES)),
  });
  response.once('close', () => {
    ended(response.writableFinished ? response.statusCode : 0);
  });
  void answer.then(({ status, headers, body }) => {
    if (response.destroyed) return;
    const head: (string | string[])[] = ['content-length', String(Buffer.byteLength(body))];
    for (const [name, value] of headers) head.push(name, typeof value === 'string' ? value : [...value]);
    response.writeHead(status, head).end(body);
  });
}

const decoder = new TextDecoder();
