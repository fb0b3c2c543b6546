import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Fetch } from '@identity/client/transport';

const ANSWER_WITHIN_MS = 20_000;

/** No answer has come in all the time that any part of the system may take. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Sends requests over connections that are kept open, without a use for so long as is said. The platform's own `fetch` does not always settle when the other
 * side dies (Node 20).
 */
export function createPlainFetch({ idleMs }: { readonly idleMs?: number } = {}): Fetch {
  const agent = new Agent({ keepAlive: true, ...(idleMs === undefined ? {} : { timeout: idleMs }) });
  return async (url, { method = 'GET', headers, body }) => {
    const outgoing = request(url, { method, agent, headers: Object.fromEntries(new Headers(headers)) });
    const patience = setTimeout(() => {
      outgoing.destroy(new NoAnswerError(`no answer within ${ANSWER_WITHIN_MS} ms`));
    }, ANSWER_WITHIN_MS);
    try {
      return await new Promise<Response>((resolve, reject) => {
        outgoing.on('error', reject);
        outgoing.on('response', (incoming) => {
          text(incoming).then((content) => {
            resolve(new Response(content, { status: incoming.statusCode ?? 500 }));
          }, reject);
        });
        outgoing.end(body);
      });
    } finally {
      clearTimeout(patience);
    }
  };
}
