/** Thrown when something has not answered in time. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';
}

/**
 * Waits for `work`, at most `milliseconds`. The work itself goes on; its late outcome is dropped. What has arrived when
 * the time is over still counts, however late this process, being busy, gets to read it.
 *
 * @throws {@link DeadlineExceededError} when the time is over first.
 */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let lastLook: NodeJS.Immediate | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // Timers come before the network in a turn of the event loop, immediates after it.
      lastLook = setImmediate(() => {
        reject(new DeadlineExceededError(`no answer within ${String(milliseconds)} ms`));
      });
    }, milliseconds);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
    clearImmediate(lastLook);
  }
}
