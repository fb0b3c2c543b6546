import { setFlagsFromString } from 'node:v8';

/** Sixteen times Node.js's own: an answer of a whole page fits in, and most requests need no memory of their own. */
const BUFFER_POOL_BYTES = 131_072;

/** Sets how this process gets and gives back memory (decision 24 tells what each line gains). */
export function tuneMemory(): void {
  // Several threads need more processor time for it than one, all together.
  setFlagsFromString('--no-parallel-scavenge');
  Buffer.poolSize = BUFFER_POOL_BYTES;
}
