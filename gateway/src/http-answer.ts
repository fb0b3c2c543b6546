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
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for none. */
  readonly body: string | null;
  readonly idempotent: boolean;
  /** Whether those behind it on its connection wait until it is answered. */
  readonly blocking: boolean;
}

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
  call: HttpCall,
  accepts: (head: HttpAnswerHead) => void,
  timeoutMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const maxStarts = call.idempotent ? MAX_STARTS : 1;
    dispatcher.dispatch(call, new AnswerCollector({ accepts, timeoutMs, maxStarts, resolve, reject }));
  });
}

/** What becomes of one request. */
interface Collection {
  readonly accepts: (head: HttpAnswerHead) => void;
  readonly timeoutMs: number;
  readonly maxStarts: number;
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

class AnswerCollector implements Dispatcher.DispatchHandler {
  readonly #collection: Collection;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #failure: Error | null = null;
  #refusal: Error | null = null;
  #starts = 0;
  #head: HttpAnswerHead = { status: 0, headers: {} };
  #chunks: Buffer[] = [];

  constructor(collection: Collection) {
    this.#collection = collection;
    this.#timer = setTimeout(timeIsOver, collection.timeoutMs, this);
  }

  timeOut(): void {
    this.#fail(new DeadlineExceededError(`no answer within ${String(this.#collection.timeoutMs)} ms`));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // To throw, unlike to abort, leaves the connection to those behind.
    if (this.#failure !== null) throw this.#failure;
    this.#starts += 1;
    if (this.#starts > this.#collection.maxStarts) throw new LostConnectionError();
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpAnswerHead['headers'],
  ): void {
    this.#head = { status, headers };
    this.#chunks = [];
    this.#refusal = refusalOf(this.#collection.accepts, this.#head);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#refusal === null) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    if (this.#refusal !== null) {
      this.#collection.reject(this.#refusal);
      return;
    }
    const [first = Buffer.of()] = this.#chunks;
    const body = (this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)).toString();
    this.#collection.resolve({ status: this.#head.status, headers: this.#head.headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #fail(error: Error): void {
    this.#failure ??= this.#refusal ?? error;
    clearTimeout(this.#timer);
    this.#controller?.abort(this.#failure);
    this.#collection.reject(this.#failure);
  }
}

function timeIsOver(collector: AnswerCollector): void {
  // Timers come before the network in a turn of the event loop: what has arrived by now still counts.
  setImmediate(() => {
    collector.timeOut();
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
