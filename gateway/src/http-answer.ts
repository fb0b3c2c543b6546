import { DeadlineExceededError } from '@identity/service-kit/deadline';
import type { Dispatcher } from 'undici';

/** An answer over HTTP, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What is sent. */
export type HttpCall = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'idempotent' | 'blocking'> & {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/**
 * Sends a request and reads the answer to its end, by the dispatcher's own protocol: a stream and an abort signal for each
 * call would cost more than all else that is done for it.
 *
 * @param accepts - Tells from the head of an answer whether its body is worth reading, by throwing if it is not.
 * @param timeoutMs - How long all of it may take.
 * @throws DeadlineExceededError when the time is over; the connection is closed then, if the request was on one.
 * @throws Error when there is no whole answer.
 */
export function collectAnswer(
  dispatcher: Dispatcher,
  { headers, body, ...call }: HttpCall,
  accepts: (head: Omit<HttpAnswer, 'body'>) => void,
  timeoutMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let failure: Error | null = null;
    let head: Omit<HttpAnswer, 'body'> = { status: 0, headers: {} };
    let chunks: Buffer[] = [];

    function fail(error: Error): void {
      failure ??= error;
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
          controller = started;
          chunks = [];
          // It was waiting for a connection until its time was over.
          if (failure !== null) started.abort(failure);
        },
        onResponseStart(_controller, status, received) {
          head = { status, headers: received };
          try {
            accepts(head);
          } catch (error) {
            fail(error instanceof Error ? error : new Error('the answer is not accepted', { cause: error }));
          }
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          const [first = Buffer.of()] = chunks;
          resolve({ ...head, body: (chunks.length === 1 ? first : Buffer.concat(chunks)).toString() });
        },
        onResponseError(_controller, error) {
          fail(error);
        },
      },
    );
  });
}
