import { healthRoutes, type Health } from './health.js';
import { createHttpApp, finishHttpApp } from './http-app.js';
import { createHttpServer, listen, type ListenOptions } from './http-server.js';
import type { Logger } from './logger.js';
import { createMetrics, type Metrics } from './metrics.js';

/** What operators see of a service, at a port of its own. */
export interface AdminOptions {
  readonly listenOn: ListenOptions;
  readonly metrics: Metrics;
}

/** The server for operators. */
export interface AdminServer {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Begins to measure a service that has a port for operators. */
export async function prepareAdmin(listenOn: ListenOptions | null, service: string): Promise<AdminOptions | null> {
  return listenOn === null ? null : { listenOn, metrics: await createMetrics(service) };
}

/** Creates a server that has `/metrics` and the service's health, and nothing else. */
export function createAdminServer({ listenOn, metrics }: AdminOptions, health: Health, logger: Logger): AdminServer {
  const app = createHttpApp(logger);
  const server = createHttpServer(app);
  app.use(healthRoutes(health));
  app.get('/metrics', async (_request, response) => {
    const { contentType, text } = await metrics.expose();
    response.set({ 'content-type': contentType, 'cache-control': 'no-store' }).send(text);
  });
  finishHttpApp(app, logger);

  return {
    async start() {
      logger.info({ url: await listen(server, listenOn) }, 'listening for operators');
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
