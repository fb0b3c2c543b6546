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
export function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  // By hand, as this is on the way of every request: a race of promises costs several times as much.
  return new Promise((resolve, reject) => {
    let lastLook: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // Timers come before the network in a turn of the event loop, immediates after it.
      lastLook = setImmediate(() => {
        reject(new DeadlineExceededError(`no answer within ${String(milliseconds)} ms`));
      });
    }, milliseconds);

    function stop(): void {
      clearTimeout(timer);
      clearImmediate(lastLook);
    }

    work.then(
      (outcome) => {
        stop();
        resolve(outcome);
      },
      (error: unknown) => {
        stop();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it is
        reject(error);
      },
    );
  });
}
