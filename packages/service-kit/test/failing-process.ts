import { failBoot, runApplication } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';

/** Fails in the way its argument says, with the rest of its arguments in the message. */
const [, , way, ...words] = process.argv;
const error = new TypeError(words.join(' '));

if (way === 'at-boot') failBoot(error);

const application = { start: () => Promise.resolve(), close: () => Promise.resolve() };
await runApplication(application, createLogger({ service: 'failing', level: 'info' }));
setTimeout(() => {
  if (way === 'by-exception') throw error;
  void Promise.reject(error);
}, 1);
