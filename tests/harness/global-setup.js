import { tsImport } from 'tsx/esm/api';

/**
 * Starts the MariaDB on which all test files of the distributed stack have their databases. In JavaScript, because
 * Jest loads it as CommonJS otherwise, and then cannot resolve what it imports.
 *
 * @returns {Promise<void>}
 */
export default async function setUp() {
  const { startMariaDb } = await tsImport('./mariadb-server.ts', import.meta.url);
  const server = await startMariaDb();
  // Jest hands nothing from the setup to the teardown.
  globalThis.testMariaDb = server;
  process.env['TEST_MARIADB_URL'] = server.adminUrl;
}
