import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { MAX_CALL_BYTES, UnreadableBody, type AnswerCall } from './gateway-calls.js';
import { isPlainPost } from './plain-post.js';
import { isRepeated } from './repeated-header.js';

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
  const { answer, ended } = answerCall({ headers: request.headers, readBody: () => readBody(request) });
  response.once('close', () => {
    ended(response.writableFinished ? response.statusCode : 0);
  });
  void answer.then(({ status, headers, body }) => {
    if (response.destroyed) return;
    response.statusCode = status;
    for (const [name, value] of headers) response.setHeader(name, value);
    response.end(body);
  });
}

/** Of a body that is too large the rest is thrown away as it comes, so that the caller can read its answer. */
function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let hasEnded = false;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_CALL_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.once('end', () => {
      hasEnded = true;
      if (size > MAX_CALL_BYTES) reject(new UnreadableBody(413));
      else resolve(textOf(chunks));
    });
    const unfinished = () => {
      if (!hasEnded) reject(new UnreadableBody(400));
    };
    request.once('error', unfinished).once('close', unfinished);
  });
}

const decoder = new TextDecoder();

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  return decoder.decode(chunks.length === 1 ? first : Buffer.concat(chunks));
}
