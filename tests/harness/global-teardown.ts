/** Stops the MariaDB that the global setup started. */
export default async function tearDown(): Promise<void> {
  await globalThis.testMariaDb?.stop();
}
