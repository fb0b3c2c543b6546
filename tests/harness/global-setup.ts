import { startMariaDb, type TestMariaDb } from './mariadb-server.js';

declare global {
  /** Jest hands nothing from the setup to the teardown. */
  var testMariaDb: TestMariaDb | undefined;
}

/** Starts the MariaDB on which all test files of the distributed stack have their databases. */
export default async function setUp(): Promise<void> {
  globalThis.testMariaDb = await startMariaDb();
  process.env['TEST_MARIADB_URL'] = globalThis.testMariaDb.adminUrl;
}
