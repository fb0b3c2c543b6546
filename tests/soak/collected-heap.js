import { createServer } from 'node:net';
import { join } from 'node:path';

// Loaded into a service before it starts: tells whoever connects how much of its heap is in use after a collection.
const collect = globalThis.gc;
const { SOAK_FOLDER } = process.env;
if (collect === undefined || SOAK_FOLDER === undefined) throw new Error('--expose-gc and SOAK_FOLDER are needed.');

createServer((socket) => {
  socket.on('error', () => undefined);
  collect();
  collect();
  socket.end(String(process.memoryUsage().heapUsed));
})
  .listen(join(SOAK_FOLDER, `${process.pid}.sock`))
  .unref();
