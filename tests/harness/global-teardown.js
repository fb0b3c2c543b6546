/**
 * Stops the MariaDB that the global setup started.
 *
 * @returns {Promise<void>}
 */
export default async function tearDown() {
  await globalThis.testMariaDb?.stop();
}
