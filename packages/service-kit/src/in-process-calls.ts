import { AsyncResource } from 'node:async_hooks';
import { withDeadline } from './deadline.js';
import { MAX_CALL_BYTES, UnreadableBody, type AnswerCall, type CallAnswer, type GatewayCall } from './gateway-calls.js';

/** A subgraph as a gateway in the same process can call it, without a connection. */
export interface InProcessSubgraph {
  /**
   * Answers a `POST /graphql` just as the server of the subgraph does. What has begun goes on when nobody waits any more.
   *
   * @param headers - By names in lower case.
   * @throws the reason of the signal when it comes before the answer.
   * @throws Error when the subgraph does not run.
   */
  call(body: string, headers: GatewayCall['headers'], signal: AbortSignal): Promise<CallAnswer>;
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
    async call(body, headers, signal) {
      signal.throwIfAborted();
      if (!running) throw new Error('the subgraph does not run');
      const { answer, ended } = begin({ headers, readBody: () => bodyWithinLimit(body) });
      underWay.add(answer);
      void answer.then(() => underWay.delete(answer));
      return untilAborted(answer, signal, ended);
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
function untilAborted(
  answer: Promise<CallAnswer>,
  signal: AbortSignal,
  ended: (status: number) => void,
): Promise<CallAnswer> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      ended(0);
      reject(toError(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    void answer.then((answered) => {
      if (signal.aborted) return;
      signal.removeEventListener('abort', onAbort);
      ended(answered.status);
      resolve(answered);
    });
  });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('nobody waits any more', { cause: reason });
}
