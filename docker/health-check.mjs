// Asks one URL and says by the exit code whether it answered with a 2xx: images without curl need something that can.
const [url] = process.argv.slice(2);

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_500), redirect: 'error' });
  if (!response.ok) throw new Error(`HTTP status ${String(response.status)}`);
} catch (error) {
  console.error(`${String(url)}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
