import { createClient, type Client } from '@identity/client/client';
import { createLogger } from '@identity/service-kit/logger';
import { createDistributedGround } from './distributed-ground.js';
import { createEmbeddedGround } from './embedded-ground.js';
import type { TestRedis } from './redis-server.js';
import type { TestServices } from './services.js';
import { stackName } from './stack-name.js';
import { createStatementRecorder, type StatementRecorder } from './statements.js';
import { createTestClock, type TestClock } from './test-clock.js';

/** The whole supergraph under test, on whichever stack the Jest project names. */
export interface TestStack {
  /** A client without a token. */
  readonly client: Client;
  readonly services: TestServices;
  readonly clock: TestClock;
  readonly statements: StatementRecorder;
  /** Every line that any service has logged. */
  readonly logs: readonly string[];
  /** The Redis of the distributed stack; null on the embedded one. */
  readonly redis: TestRedis | null;
  /** Stops all services and starts them again on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** What a test wants to be different. */
export interface StackOptions {
  /** Environment variables of the services. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the supergraph with empty databases. */
export async function startStack({ environment = {} }: StackOptions = {}): Promise<TestStack> {
  const ground = stackName() === 'embedded' ? await createEmbeddedGround() : await createDistributedGround();
  const logs: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'debug',
    destination: { write: (line) => void logs.push(line) },
  });
  const clock = createTestClock();
  const statements = createStatementRecorder();
  const start = () => ground.start({ logger, clock, statements, environment });
  let services = await start();

  return {
    get client() {
      return createClient({ url: `${services.gateway.url}/graphql` });
    },
    get services() {
      return services;
    },
    clock,
    statements,
    logs,
    redis: ground.redis,
    async restart() {
      await services.close();
      services = await start();
    },
    async close() {
      await services.close();
      await ground.remove();
    },
  };
}
