import { pino, type DestinationStream } from 'pino';

/** More than is logged in one turn of the event loop, in characters; what is beyond is written at once. */
const MAX_HELD = 65_536;

/**
 * Standard output, to which the lines of one turn of the event loop are written together: writing each request's by itself
 * costs more than making it. What is left when the process ends is written then.
 */
export function createStandardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true });
  let held = '';

  function flush(): void {
    const lines = held;
    held = '';
    if (lines !== '') output.write(lines);
  }

  process.on('exit', flush);
  return {
    write(line) {
      if (held === '') setImmediate(flush);
      held += line;
      if (held.length > MAX_HELD) flush();
    },
  };
}
