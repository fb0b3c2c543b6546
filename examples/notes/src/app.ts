import { systemClock, type Clock } from '@identity/service-kit/clock';
import type { Logger } from '@identity/service-kit/logger';
import { createRemoteAuthentication } from '@identity/service-kit/remote-authentication';
import { createSubgraphServer } from '@identity/service-kit/subgraph-server';
import type { NotesConfig } from './config.js';
import { createSchema } from './schema.js';

/** What the app can be given from outside. */
export interface NotesAppDeps {
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** The running example subgraph. */
export interface NotesApp {
  /** @returns The base URL. */
  start(): Promise<string>;
  close(): Promise<void>;
}

/** Puts the example subgraph together. */
export function createNotesApp(config: NotesConfig, { logger, clock = systemClock }: NotesAppDeps): NotesApp {
  const notes = new Map<string, readonly string[]>();
  const { authenticateToken, checkKeys } = createRemoteAuthentication({
    ...config,
    routerSecret: config.routerSecrets[0] ?? '',
    redis: null,
    clock,
    logger,
  });
  const server = createSubgraphServer({
    schema: createSchema(),
    listenOn: { host: '127.0.0.1', port: config.port, portVariable: 'NOTES_PORT' },
    routerSecrets: config.routerSecrets,
    authenticateToken,
    createContext: (request) => ({ ...request, notes }),
    readinessChecks: { required: {}, optional: { signingKeys: checkKeys } },
    shutdownGraceMs: 5_000,
    logger,
  });
  return { start: server.start, close: server.stop };
}
