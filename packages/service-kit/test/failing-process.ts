import { failBoot, runApplication } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';

/** Fails in the way its argument says, with the rest of its arguments in the message. */
const [, , way, ...words] = process.argv;
const error = new TypeError(words.join(' '));

if (way === 'at-boot') failBoot(error);

const application = {
  start: () => Promise.resolve(),
  close: () => (way === 'at-stop' ? new Promise<void>(() => undefined) : Promise.resolve()),
};
await runApplication(application, createLogger({ service: 'failing', level: 'info' }), {
  drainDelayMs: 0,
  shutdownGraceMs: 0,
  closingMs: 100,
});
if (way === 'at-stop') {
  // A signal on its way keeps no process alive.
  setInterval(() => undefined, 1_000);
  process.kill(process.pid, 'SIGTERM');
}
setTimeout(() => {
  if (way === 'by-exception') throw error;
  if (way === 'by-rejection') void Promise.reject(error);
}, 1);
