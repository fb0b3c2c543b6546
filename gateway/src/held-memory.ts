import type { ServerResponse } from 'node:http';

/** How much the gateway holds for clients that are slow to send or to read. */
export interface HeldMemoryLimits {
  /** How many bodies may be unfinished. */
  readonly bodies: number;
  /** How many bytes of answers may wait to be read. */
  readonly answerBytes: number;
}

const MAX_BYTES = 64 * 1_024 * 1_024;

/** The limits by which bodies may take 64 MiB, and answers as much. */
export function heldMemoryLimits(bodyLimitBytes: number): HeldMemoryLimits {
  return { bodies: Math.floor(MAX_BYTES / bodyLimitBytes), answerBytes: MAX_BYTES };
}

/**
 * Disconnects those who have kept the gateway waiting for longest, where all of them make it hold more than it may: each could
 * do so for as long as it sends or reads a byte from time to time.
 *
 * @param underWay - All requests that are not answered to the end, in the order in which they have arrived.
 */
export function relieveMemory(underWay: ReadonlySet<ServerResponse>, limits: HeldMemoryLimits): void {
  let bodies = 0;
  let answerBytes = 0;
  for (const response of [...underWay].reverse()) {
    const { complete, socket } = response.req;
    let isTooMuch = false;
    if (!complete) {
      bodies += 1;
      isTooMuch = bodies > limits.bodies;
    } else if (response.writableEnded) {
      answerBytes += response.writableLength;
      isTooMuch = answerBytes > limits.answerBytes;
    }
    if (isTooMuch) socket.destroy();
  }
}
