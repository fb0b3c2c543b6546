import { createClient, type Client } from '@identity/client/client';
import { connectDatabase } from '@identity/database/connect';
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
  /** Where the Auth subgraph has its signing keys. */
  readonly keysFolder: string;
  /** The Redis of the distributed stack; null on the embedded one. */
  readonly redis: TestRedis | null;
  /** Where the subgraphs keep their data. */
  readonly databaseUrls: { readonly auth: string; readonly users: string };
  /** Stops all services and starts them again on the same data, from now on with these environment variables as well. */
  restart(changes?: Readonly<Record<string, string>>): Promise<void>;
  /** Sends a statement to the database of a subgraph, past the subgraph: what no operation of the API can do or show. */
  sql(subgraph: 'auth' | 'users', statement: string, values?: readonly string[]): Promise<readonly unknown[]>;
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
    level: 'debug',
    destination: { write: (line) => void logs.push(line) },
  });
  const clock = createTestClock();
  const statements = createStatementRecorder();
  let variables = environment;
  const start = () => ground.start({ logger, clock, statements, environment: variables });
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
    keysFolder: ground.keysFolder,
    redis: ground.redis,
    databaseUrls: ground.databaseUrls,
    async restart(changes = {}) {
      variables = { ...variables, ...changes };
      await services.close();
      services = await start();
    },
    async sql(subgraph, statement, values = []) {
      const database = await connectDatabase({ url: ground.databaseUrls[subgraph] });
      try {
        const [rows] = await database.sequelize.query(statement, { replacements: [...values] });
        return Array.isArray(rows) ? rows : [];
      } finally {
        await database.close();
      }
    },
    async close() {
      await services.close();
      await ground.remove();
    },
  };
}
