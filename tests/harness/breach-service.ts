import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/** What the service was asked. */
export interface RangeRequest {
  readonly path: string;
  readonly padding: string | undefined;
}

/** A service that tells breached passwords by the range protocol, on the loopback. */
export interface BreachService {
  /** Where the ranges are. */
  readonly url: string;
  readonly requests: readonly RangeRequest[];
  /** From now on the password is among the breached ones; with 0 as padding has it. */
  add(password: string, count: number): void;
  /** From now on requests are answered like this; without an argument as they should be. */
  answerBy(answer?: Answer): void;
  close(): Promise<void>;
}

/** Answers a request for a range with `body` as the right answer. */
export type Answer = (response: ServerResponse, body: string) => void;

const properly: Answer = (response, body) => {
  response.setHeader('content-type', 'text/plain').end(body);
};

/** The digest by which the protocol knows a password. */
export function digestOf(password: string): string {
  return createHash('sha1').update(password).digest('hex').toUpperCase();
}

/** Starts one that knows no password yet. */
export async function startBreachService(): Promise<BreachService> {
  const requests: RangeRequest[] = [];
  const counts = new Map<string, number>();
  let answer = properly;

  function rangeOf(prefix: string): string {
    const known = [...counts].filter(([digest]) => digest.startsWith(prefix));
    const lines = [...known, ...padding(prefix)].map(([digest, count]) => `${digest.slice(5)}:${String(count)}`);
    return lines.join('\r\n');
  }

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push({ path, padding: [request.headers['add-padding'] ?? []].flat().join() });
    answer(response, rangeOf(path.slice(-5)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.');

  return {
    url: `http://127.0.0.1:${String(address.port)}/range`,
    requests,
    add: (password, count) => void counts.set(digestOf(password), count),
    answerBy(other = properly) {
      answer = other;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Other digests of the range, as a real answer has hundreds of; some that were seen, some that only pad. */
function padding(prefix: string): readonly (readonly [string, number])[] {
  return Array.from({ length: 800 }, (_unused, index) => {
    const digest = createHash('sha1')
      .update(`${prefix}${String(index)}`)
      .digest('hex')
      .toUpperCase();
    return [`${prefix}${digest.slice(5)}`, index % 3] as const;
  });
}
