import { text } from 'node:stream/consumers';
import bcrypt from 'bcrypt';

// How fast this machine compares passwords when it does nothing else: `lanes` at a time, as many as libuv has threads
// by UV_THREADPOOL_SIZE. Tells when each was done, in milliseconds.

const { amount, cost, lanes } = JSON.parse(await text(process.stdin));
const hash = await bcrypt.hash('a password', cost);
const times = [];
let left = amount;
async function lane() {
  while (left > 0) {
    left -= 1;
    await bcrypt.compare('a password', hash);
    times.push(performance.now());
  }
}
await Promise.all(Array.from({ length: lanes }, lane));
process.stdout.write(JSON.stringify({ times }));
