import { dirname } from 'node:path';
import { createClient } from '@identity/client/client';
import { createLogger } from '@identity/service-kit/logger';
import { newSecret } from '../../scripts/embedded-secrets.js';
import { createDistributedGround } from '../../tests/harness/distributed-ground.js';
import { createEmbeddedGround } from '../../tests/harness/embedded-ground.js';
import type { Ground } from '../../tests/harness/services.js';
import { createStatementRecorder, type StatementRecorder } from '../../tests/harness/statements.js';
import { createTestClock } from '../../tests/harness/test-clock.js';
import { logIn, seededUsername, seedPeople, type LoggedIn } from '../stacks/seeding.js';
import { accountId, sql } from '../stacks/sql.js';

/** The whole supergraph on databases with a number of people, in this process, so that its statements can be counted. */
export interface Site {
  readonly size: number;
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly statements: StatementRecorder;
  /** Somebody else for each number; they are spread over all. */
  username(number: number): string;
  readonly password: string;
  readonly admin: LoggedIn;
  /** Behind which the last hundred people are. */
  readonly deepCursor: string;
  close(): Promise<void>;
}

/** What the sites differ in, apart from their size. */
export type Database = 'SQLite' | 'MariaDB';

/** Cheap hashes: it is the databases that grow. */
const BCRYPT_COST = '4';
/** Close to the golden ratio, so that the people follow no pattern of pages. */
const SPREAD = 0.618;
const PAGE = 100;

/** Makes databases with so many people, and starts the services on them. MariaDB is the one of TEST_MARIADB_URL. */
export async function startSite(database: Database, size: number): Promise<Site> {
  const ground = database === 'SQLite' ? await createEmbeddedGround() : await createDistributedGround();
  try {
    return await startOn(ground, database, size);
  } catch (error) {
    await ground.remove();
    throw error;
  }
}

async function startOn(ground: Ground, database: Database, size: number): Promise<Site> {
  const pepper = newSecret();
  const place =
    database === 'SQLite'
      ? { DATA_DIR: dirname(ground.keysFolder) }
      : {
          AUTH_DATABASE_URL: ground.databaseUrls.auth,
          USERS_DATABASE_URL: ground.databaseUrls.users,
          PASSWORD_PEPPER: pepper,
        };
  const password = await seedPeople(size, { ...place, BCRYPT_COST });
  const administrator = seededUsername(0);
  const id = await accountId(ground.databaseUrls.auth, administrator);
  await sql(ground.databaseUrls.auth, `INSERT INTO account_roles (account_id, role) VALUES (?, 'ADMIN')`, [id]);

  const statements = createStatementRecorder();
  const services = await ground.start({
    logger: createLogger({ level: 'error' }),
    clock: createTestClock(),
    statements,
    environment: { BCRYPT_COST, ...(database === 'SQLite' ? {} : { PASSWORD_PEPPER: pepper }) },
  });
  const url = `${services.gateway.url}/graphql`;
  const admin = await logIn(url, administrator, password);
  return {
    size,
    url,
    statements,
    username: (number) => seededUsername(1 + Math.floor(((number * SPREAD) % 1) * (size - 1))),
    password,
    admin,
    deepCursor: await cursorBefore(url, admin, PAGE),
    async close() {
      await services.close();
      await ground.remove();
    },
  };
}

/** The cursor of whoever comes just before the last so many people. */
async function cursorBefore(url: string, { accessToken }: LoggedIn, count: number): Promise<string> {
  const client = createClient({ url, accessToken });
  const last = await client.users({ last: count });
  const before = last.data?.users?.pageInfo.startCursor ?? null;
  const { data } = await client.users({ last: 1, before });
  const cursor = data?.users?.pageInfo.startCursor;
  if (before === null || cursor == null) throw new Error('there are too few people for a page');
  return cursor;
}
