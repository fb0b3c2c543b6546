import { Router } from 'express';
import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';

/** How long a dependency may take to prove that it is there, in milliseconds. */
const CHECK_DEADLINE_MS = 1_000;

/** Checks of a service's own dependencies by name; each resolves when the dependency answers. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>;

/** What `/health/ready` answers. */
export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>;
}

/** Whether a service should get traffic. */
export interface Health {
  readiness(): Promise<Readiness>;
  /** From now on the service is not ready: it is about to stop. */
  drain(): void;
}

/** Creates the health of a service from the checks of what it depends on. */
export function createHealth(checks: ReadinessChecks, logger: Logger): Health {
  let draining = false;

  async function run(name: string, check: () => Promise<unknown>): Promise<readonly [string, 'ok' | 'failing']> {
    try {
      await withDeadline(check(), CHECK_DEADLINE_MS);
      return [name, 'ok'];
    } catch (error) {
      logger.warn({ err: error, dependency: name }, 'a dependency is not ready');
      return [name, 'failing'];
    }
  }

  return {
    async readiness() {
      const results = await Promise.all(Object.entries(checks).map(([name, check]) => run(name, check)));
      const ready = !draining && results.every(([, result]) => result === 'ok');
      return { status: ready ? 'ready' : 'not_ready', checks: Object.fromEntries(results) };
    },
    drain() {
      draining = true;
    },
  };
}

/** `/health/live`: the process answers. `/health/ready`: so does everything it depends on; 503 otherwise. */
export function healthRoutes(health: Health): Router {
  const router = Router();
  router.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  router.get('/health/ready', async (_request, response) => {
    const readiness = await health.readiness();
    response.status(readiness.status === 'ready' ? 200 : 503).json(readiness);
  });
  return router;
}
