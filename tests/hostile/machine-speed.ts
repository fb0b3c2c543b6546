import { readFileSync } from 'node:fs';
import { LARGEST_CUSTOM } from './worst-answers.js';

const TEXT = JSON.stringify(Array.from({ length: 100 }, () => LARGEST_CUSTOM));
const REPEATS = 9;
/** What a machine takes for it on which the promised milliseconds are to hold; slower ones are given more in proportion. */
const PROMISED_FOR_MS = 33;

/**
 * By how much this machine is slower than the promise is made for, at least 1: by the processor time in which V8 reads the
 * largest answer there is, in one piece, as it does in the services.
 */
export function slownessOfMachine(): number {
  const times = Array.from({ length: REPEATS }, () => {
    const before = cpuMs();
    JSON.parse(TEXT);
    return cpuMs() - before;
  });
  const median = times.toSorted((one, other) => one - other)[Math.floor(REPEATS / 2)] ?? Number.NaN;
  return Math.max(1, median / PROMISED_FOR_MS);
}

/** Of this thread, in milliseconds. */
function cpuMs(): number {
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
}
