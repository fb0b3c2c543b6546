/** Sixteen times Node.js's own: an answer of a whole page fits in, and most requests need no memory of their own. */
const BUFFER_POOL_BYTES = 131_072;

/** Sets how this process gets its memory (decision 24 tells what that gains). */
export function tuneMemory(): void {
  Buffer.poolSize = BUFFER_POOL_BYTES;
}
