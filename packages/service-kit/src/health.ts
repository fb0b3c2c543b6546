import { Router } from 'express';
import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';

/** How long a dependency may take to prove that it is there, in milliseconds. */
const CHECK_DEADLINE_MS = 1_000;

/** A check of one dependency; resolves when it answers. */
export type ReadinessCheck = () => Promise<unknown>;

/** What a service depends on, by name. */
export interface ReadinessChecks {
  /** Without these there is no service. */
  readonly required: Readonly<Record<string, ReadinessCheck>>;
  /** Without these the service goes on in a slower way; they are reported, and do not turn it away from traffic. */
  readonly optional?: Readonly<Record<string, ReadinessCheck>>;
  /** What else operators are told, by name. */
  readonly details?: () => Readonly<Record<string, unknown>>;
}

/** What `/health/ready` answers. */
export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>;
  readonly [detail: string]: unknown;
}

/** Whether a service should get traffic. */
export interface Health {
  readiness(): Promise<Readiness>;
  /** From now on the service is not ready: it is about to stop. */
  drain(): void;
}

/** Creates the health of a service from the checks of what it depends on. */
export function createHealth(
  { required, optional = {}, details = () => ({}) }: ReadinessChecks,
  logger: Logger,
): Health {
  let draining = false;
  const failing = new Set<string>();

  async function run(
    checks: Readonly<Record<string, ReadinessCheck>>,
  ): Promise<Readonly<Record<string, 'ok' | 'failing'>>> {
    return Object.fromEntries(
      await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(name, check)] as const),
      ),
    );
  }

  async function outcomeOf(name: string, check: ReadinessCheck): Promise<'ok' | 'failing'> {
    try {
      await withDeadline(check(), CHECK_DEADLINE_MS);
      failing.delete(name);
      return 'ok';
    } catch (error) {
      // Readiness is asked for every few seconds, and may be failing for days.
      if (!failing.has(name)) logger.warn({ err: error, dependency: name }, 'a dependency is not ready');
      failing.add(name);
      return 'failing';
    }
  }

  return {
    async readiness() {
      const [necessary, helpful] = await Promise.all([run(required), run(optional)]);
      const ready = !draining && Object.values(necessary).every((outcome) => outcome === 'ok');
      return { ...details(), status: ready ? 'ready' : 'not_ready', checks: { ...necessary, ...helpful } };
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
