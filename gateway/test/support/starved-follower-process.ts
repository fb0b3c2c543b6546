import { closeSync, openSync } from 'node:fs';
import { systemClock } from '@identity/service-kit/clock';
import { createLogger } from '@identity/service-kit/logger';
import { openWatchedFile } from '../../src/watched-file.js';

// Follows the file that it is told of. Its parent hears when it has as many files open as it may, and says when to close them.
const file = await openWatchedFile({
  name: 'number',
  path: String(process.argv[2]),
  pathVariable: 'NUMBER_PATH',
  take: Number,
  pollIntervalMs: 1,
  clock: systemClock,
  logger: createLogger({ level: 'info', destination: { write: (line) => void process.stdout.write(line) } }),
});
const open: number[] = [];
try {
  for (;;) open.push(openSync('/dev/null', 'r'));
} catch {
  file.watch();
}
process.once('message', () => {
  open.forEach(closeSync);
});
process.send?.('starved');
