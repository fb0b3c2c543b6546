import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';

// A process of its own, so that the load is on no processor time but its own: reads what to do as JSON from its standard
// input, and writes what came of it.

const { url, headers, body, expectBody, connections, duration, amount } = JSON.parse(await text(process.stdin));
const ending = amount === undefined ? { duration } : { amount };
const result = await autocannon({ url, method: 'POST', headers, body, expectBody, connections, ...ending });
const { errors, timeouts, mismatches, non2xx, latency } = result;
process.stdout.write(
  JSON.stringify({
    answered: result['2xx'],
    wrong: errors + timeouts + mismatches + non2xx,
    seconds: result.duration,
    p99Ms: latency.p99,
  }),
);
