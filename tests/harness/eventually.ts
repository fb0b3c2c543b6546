import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

/**
 * Waits until something holds that another process or a timer brings about.
 *
 * @throws Error naming it when it does not hold within a minute
 */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`this has not come about: ${what}`);
    await sleep(25);
  }
}
