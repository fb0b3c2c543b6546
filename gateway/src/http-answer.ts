import { DeadlineExceededError } from '@identity/service-kit/deadline';
import type { Dispatcher } from 'undici';

/** An answer over HTTP without its body. */
export interface HttpAnswerHead {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** An answer over HTTP, read to its end. */
export interface HttpAnswer extends HttpAnswerHead {
  readonly body: string;
}

/** A request was under way on connections that broke, none of them for it, as often as it may be sent. */
export class LostConnectionError extends Error {
  override readonly name = 'LostConnectionError';

  constructor() {
    super('every connection that it was sent on has broken');
  }
}

/** What is sent. If it is idempotent, others may be under way on its connection, and it is sent again when that breaks. */
export type HttpCall = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'idempotent' | 'blocking'> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Of an idempotent request. Each one that is not answered in time breaks a connection, with all that is on it. */
const MAX_STARTS = 2;

/**
 * Sends a request and reads the answer to its end, by the dispatcher's own protocol: a stream and an abort signal for each
 * call would cost more than all else that is done for it.
 *
 * @param accepts - Tells from the head of an answer whether its body is worth keeping, by throwing if it is not. It is read
 * all the same, as the connection could not be used for the next answer otherwise.
 * @param timeoutMs - How long all of it may take.
 * @throws DeadlineExceededError when the time is over; the connection is closed then, if the request was on one.
 * @throws LostConnectionError when it would have to be sent once more than it may be.
 * @throws Error when there is no whole answer.
 */
export function collectAnswer(
  dispatcher: Dispatcher,
  { headers, body, ...call }: HttpCall,
  accepts: (head: HttpAnswerHead) => void,
  timeoutMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let failure: Error | null = null;
    let refusal: Error | null = null;
    let starts = 0;
    let head: HttpAnswerHead = { status: 0, headers: {} };
    let chunks: Buffer[] = [];

    function fail(error: Error): void {
      failure ??= refusal ?? error;
      clearTimeout(timer);
      controller?.abort(failure);
      reject(failure);
    }

    const timer = setTimeout(() => {
      // Timers come before the network in a turn of the event loop: what has arrived by now still counts.
      setImmediate(() => {
        fail(new DeadlineExceededError(`no answer within ${String(timeoutMs)} ms`));
      });
    }, timeoutMs);

    dispatcher.dispatch(
      { ...call, headers: headers ?? null, body: body ?? null },
      {
        onRequestStart(started) {
          // To throw, unlike to abort, leaves the connection to those behind.
          if (failure !== null) throw failure;
          starts += 1;
          if (starts > (call.idempotent === true ? MAX_STARTS : 1)) throw new LostConnectionError();
          controller = started;
        },
        onResponseStart(_controller, status, received) {
          head = { status, headers: received };
          chunks = [];
          refusal = refusalOf(accepts, head);
        },
        onResponseData(_controller, chunk) {
          if (refusal === null) chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          const [first = Buffer.of()] = chunks;
          if (refusal === null)
            resolve({ ...head, body: (chunks.length === 1 ? first : Buffer.concat(chunks)).toString() });
          else reject(refusal);
        },
        onResponseError(_controller, error) {
          fail(error);
        },
      },
    );
  });
}

function refusalOf(accepts: (head: HttpAnswerHead) => void, head: HttpAnswerHead): Error | null {
  try {
    accepts(head);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error('the answer is not accepted', { cause: error });
  }
}
