import { setTimeout as sleep } from 'node:timers/promises';

// ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, and MariaDB's ER_CHECKREAD ("record has changed since last read").
const TRANSIENT_ERRNOS: ReadonlySet<unknown> = new Set([1205, 1213, 1020]);
const MAX_ATTEMPTS = 5;
const MAX_CAUSES = 5;

/** Whether a transaction failed only because others were at work at the same time, so that repeating it can succeed. */
export function isTransientFailure(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    const driverError: unknown = 'parent' in current ? current.parent : current;
    if (driverError instanceof Error) {
      if ('errno' in driverError && TRANSIENT_ERRNOS.has(driverError.errno)) return true;
      if ('code' in driverError && driverError.code === 'SQLITE_BUSY') return true;
    }
    current = current.cause;
  }
  return false;
}

/**
 * Repeats work that fails transiently: at most five attempts, none of which begins later than `until`, by
 * `performance.now()`. Between them it pauses, longer each time and by chance, so that two that collided do not collide
 * again.
 *
 * @throws what the last attempt threw
 */
export async function retryTransientFailures<T>(work: () => Promise<T>, until: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || performance.now() >= until || !isTransientFailure(error)) throw error;
    }
    await sleep(Math.random() * 20 * 2 ** attempt);
  }
}
