import { createClient, type Client } from '@identity/client/client';
import { connectDatabase } from '@identity/database/connect';
import { createLogger } from '@identity/service-kit/logger';
import type { VerifiedTokens } from '@identity/service-kit/verified-tokens';
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
  /** All that run on the same data, `services` first. The embedded stack is one process, and so has only that. */
  readonly replicas: readonly TestServices[];
  /** A client without a token for each gateway. */
  readonly clients: readonly Client[];
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
  /** Whatever the services have been given that nobody may see: secrets, passwords of servers, private keys. */
  secrets(): Promise<readonly string[]>;
  /** Starts one more of each service on the same data, where the stack can have more than one. */
  addReplica(): Promise<TestServices>;
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
  /** How many of each service run on the same data, where the stack can have more than one. */
  readonly replicas?: readonly ReplicaOptions[];
  /** Puts a network between each replica and its servers, where the stack has servers. */
  readonly withNetwork?: boolean;
  /** Creates what each process remembers of tokens. */
  readonly createVerifiedTokens?: () => VerifiedTokens;
}

/** How one gateway and its subgraphs differ from the others. */
export interface ReplicaOptions {
  /** How far its clock is ahead, in milliseconds. */
  readonly clockAhead?: number;
}

/** Starts the supergraph with empty databases. */
export async function startStack({
  environment = {},
  replicas: wanted = [{}],
  withNetwork = false,
  createVerifiedTokens,
}: StackOptions = {}): Promise<TestStack> {
  const ground = stackName() === 'embedded' ? await createEmbeddedGround() : await createDistributedGround();
  const logs: string[] = [];
  const logger = createLogger({
    level: 'debug',
    destination: { write: (line) => void logs.push(line) },
  });
  const clock = createTestClock();
  const statements = createStatementRecorder();
  let variables = environment;

  function startOne({ clockAhead = 0 }: ReplicaOptions): Promise<TestServices> {
    return ground.start({
      logger,
      clock: { ...clock, now: () => new Date(clock.now().getTime() + clockAhead) },
      statements,
      environment: variables,
      withNetwork,
      createVerifiedTokens,
    });
  }

  async function start(): Promise<readonly [TestServices, ...TestServices[]]> {
    const [first = {}, ...others] = wanted;
    // The first migrates before the others find their databases.
    const services = await startOne(first);
    return [services, ...(stackName() === 'embedded' ? [] : await Promise.all(others.map(startOne)))];
  }

  let replicas = await start();

  return {
    get client() {
      return clientOf(replicas[0]);
    },
    get services() {
      return replicas[0];
    },
    get replicas() {
      return replicas;
    },
    get clients() {
      return replicas.map(clientOf);
    },
    clock,
    statements,
    logs,
    keysFolder: ground.keysFolder,
    redis: ground.redis,
    databaseUrls: ground.databaseUrls,
    secrets: ground.secrets,
    async addReplica() {
      const added = await startOne({});
      replicas = [...replicas, added];
      return added;
    },
    async restart(changes = {}) {
      variables = { ...variables, ...changes };
      await closeAll();
      replicas = await start();
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
      await closeAll();
      await ground.remove();
    },
  };

  async function closeAll(): Promise<void> {
    await Promise.all(replicas.map((services) => services.close()));
  }
}

function clientOf({ gateway }: TestServices): Client {
  return createClient({ url: `${gateway.url}/graphql` });
}
