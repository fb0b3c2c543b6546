import { AsyncResource } from 'node:async_hooks';
import { withDeadline } from './deadline.js';
import { MAX_CALL_BYTES, type AnswerCall, type CallAnswer, type GatewayCall } from './gateway-calls.js';
import { UnreadableBody } from './request-bytes.js';

/** A subgraph as a gateway in the same process can call it, without a connection. */
export interface InProcessSubgraph {
  /**
   * Answers a `POST /graphql` just as the server of the subgraph does. What has begun goes on when nobody waits any more.
   *
   * @param headers - By names in lower case.
   * @param timeoutMs - How long the caller waits.
   * @throws DeadlineExceededError when the answer has not come by then.
   * @throws Error when the subgraph does not run.
   */
  call(body: string, headers: GatewayCall['headers'], timeoutMs: number): Promise<CallAnswer>;
  /** Whether it takes calls. */
  isRunning(): boolean;
}

/** The calls within a process, for the subgraph that answers them. */
export interface InProcessCalls extends InProcessSubgraph {
  open(): void;
  /** Takes no more calls, and waits for those under way, at most for the given time in milliseconds. */
  close(graceMs: number): Promise<void>;
}

/** Creates the way into a subgraph for a gateway in the same process; closed at first. */
export function createInProcessCalls(answerCall: AnswerCall): InProcessCalls {
  const underWay = new Set<Promise<CallAnswer>>();
  let running = false;
  // What the caller keeps for its own request, such as the current span, must not be found by the subgraph.
  const begin = AsyncResource.bind(answerCall);

  return {
    async call(body, headers, timeoutMs) {
      if (!running) throw new Error('the subgraph does not run');
      const { answer, ended } = begin({ headers, readBody: () => bodyWithinLimit(body) });
      underWay.add(answer);
      void answer.then(() => underWay.delete(answer));
      return whileWaited(answer, timeoutMs, ended);
    },
    isRunning: () => running,
    open() {
      running = true;
    },
    async close(graceMs) {
      running = false;
      await withDeadline(Promise.all(underWay), graceMs).catch(() => undefined);
    },
  };
}

async function bodyWithinLimit(body: string): Promise<string> {
  if (Buffer.byteLength(body) > MAX_CALL_BYTES) throw new UnreadableBody(413);
  return body;
}

/** @param ended - Told the status of the answer, or 0 when it comes too late. */
async function whileWaited(
  answering: Promise<CallAnswer>,
  timeoutMs: number,
  ended: (status: number) => void,
): Promise<CallAnswer> {
  let status = 0;
  try {
    const answer = await withDeadline(answering, timeoutMs);
    status = answer.status;
    return answer;
  } finally {
    ended(status);
  }
}
