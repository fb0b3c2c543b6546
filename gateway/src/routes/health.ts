import { Router } from 'express';
import { Agent, request } from 'undici';
import type { Health } from '@identity/service-kit/health';
import type { Logger } from '@identity/service-kit/logger';
import type { Subgraph } from '../supergraph.js';

/** How a subgraph answers when asked whether it is ready. */
export type SubgraphStatus = 'ready' | 'not_ready' | 'unreachable';

/** What `/health` answers. */
export interface SystemHealth {
  readonly status: 'ready' | 'not_ready';
  readonly gateway: 'ready' | 'not_ready';
  readonly subgraphs: Readonly<Record<string, SubgraphStatus>>;
}

/** What the health of the system is made from. */
export interface SystemHealthOptions {
  readonly gateway: Health;
  /** Those of the supergraph that is live. */
  readonly subgraphs: () => readonly Subgraph[];
  readonly logger: Logger;
}

/** The health of the gateway and everything behind it. */
export interface SystemHealthCheck {
  readonly routes: Router;
  /** Closes the connections to the subgraphs. */
  close(): Promise<void>;
}

/** How long a subgraph may take to say that it is ready, in milliseconds. */
const CHECK_DEADLINE_MS = 1_000;

/** `/health`: the gateway and each subgraph; 200 when all are ready, 503 otherwise. */
export function createSystemHealthCheck({ gateway, subgraphs, logger }: SystemHealthOptions): SystemHealthCheck {
  // Connections of its own, so that the check tells the state of the subgraph and not the length of the queue to it.
  const agent = new Agent({ connections: 1, maxResponseSize: 65_536 });
  let checking: Promise<SystemHealth> | null = null;

  async function statusOf({ name, url }: Subgraph): Promise<SubgraphStatus> {
    try {
      const response = await request(new URL('/health/ready', url), {
        dispatcher: agent,
        signal: AbortSignal.timeout(CHECK_DEADLINE_MS),
      });
      await response.body.dump();
      return response.statusCode === 200 ? 'ready' : 'not_ready';
    } catch (error) {
      logger.warn({ err: error, subgraph: name }, 'a subgraph does not answer its health check');
      return 'unreachable';
    }
  }

  async function check(): Promise<SystemHealth> {
    const [own, ...statuses] = await Promise.all([
      gateway.readiness(),
      ...subgraphs().map(async (subgraph) => [subgraph.name, await statusOf(subgraph)] as const),
    ]);
    const ready = own.status === 'ready' && statuses.every(([, status]) => status === 'ready');
    return { status: ready ? 'ready' : 'not_ready', gateway: own.status, subgraphs: Object.fromEntries(statuses) };
  }

  /** Many at once ask once: whoever may ask for the health must not be able to multiply requests to the subgraphs. */
  function checkOnce(): Promise<SystemHealth> {
    checking ??= check().finally(() => {
      checking = null;
    });
    return checking;
  }

  const routes = Router();
  routes.get('/health', async (_request, response) => {
    const health = await checkOnce();
    response.status(health.status === 'ready' ? 200 : 503).json(health);
  });
  return { routes, close: () => agent.destroy() };
}
