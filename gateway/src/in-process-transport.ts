import { MAX_ANSWER_BYTES } from '@identity/service-kit/answer-text';
import type { InProcessSubgraph } from '@identity/service-kit/in-process-calls';
import { LONG_BYTES, parseAdmitted, readApart, readUntil } from './long-answers.js';
import { MAX_CONNECTIONS, type HttpTransport } from './subgraph-transport.js';

/** Creates a transport to a subgraph in the same process: all that a connection would carry, as text and in no other form. */
export function createInProcessTransport(subgraph: InProcessSubgraph): HttpTransport {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  return {
    connections: MAX_CONNECTIONS,
    async post(body, headers, isMutation, timeoutMs, admits) {
      if (closed) throw new Error('the transport is closed');
      const until = readUntil(isMutation, timeoutMs);
      const call = subgraph.call(body, headers, timeoutMs);
      underWay.add(call);
      try {
        const answer = await call;
        const bytes = Buffer.byteLength(answer.body);
        if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
        const challenge = answer.headers.get('www-authenticate');
        return {
          status: answer.status,
          challenge: typeof challenge === 'string' ? challenge : null,
          setCookies: [answer.headers.get('set-cookie') ?? []].flat(),
          body: bytes > LONG_BYTES ? await readApart(answer.body, admits, until) : parseAdmitted(answer.body, admits),
        };
      } finally {
        underWay.delete(call);
      }
    },
    async probe() {
      if (!subgraph.isRunning()) throw new Error('the subgraph does not run');
    },
    usage: () => ({ used: underWay.size, idle: 0 }),
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
