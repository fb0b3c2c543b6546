import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer } from './mariadb-server.js';
import { stackName } from './stack-name.js';

/** An empty database, for one test or one test file. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it. */
  drop(): Promise<void>;
}

/**
 * Creates an empty database of the stack that is under test: an SQLite file in a folder of its own, or a database on
 * the MariaDB that the run has started, with a user who has a password and no other database.
 */
export async function createTestDatabase(prefix: string): Promise<TestDatabase> {
  return stackName() === 'embedded' ? await createFile(prefix) : await createOnServer(prefix);
}

async function createFile(prefix: string): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), `identity-${prefix}-`));
  return {
    url: `sqlite:${join(folder, `${prefix}.sqlite`)}`,
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function createOnServer(prefix: string): Promise<TestDatabase> {
  const server = process.env['TEST_MARIADB_URL'];
  if (server === undefined) throw new Error('TEST_MARIADB_URL is set by the global setup, which has not run.');
  const name = `${prefix}_${randomUUID().replaceAll('-', '')}`;
  const url = Object.assign(new URL(name, server), { username: name, password: randomBytes(24).toString('hex') });
  const user = `'${name}'@'${url.hostname}'`;
  await administer(server, `CREATE DATABASE \`${name}\``);
  await administer(server, `CREATE USER ${user} IDENTIFIED BY '${url.password}'`);
  await administer(server, `GRANT ALL ON \`${name}\`.* TO ${user}`);
  return {
    url: url.href,
    async drop() {
      await administer(server, `DROP USER IF EXISTS ${user}`);
      await administer(server, `DROP DATABASE IF EXISTS \`${name}\``);
    },
  };
}
