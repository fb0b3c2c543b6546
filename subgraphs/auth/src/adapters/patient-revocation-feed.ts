import { setTimeout as delay } from 'node:timers/promises';
import type { RevocationFeed } from '../domain/ports.js';

/** Longer than any verifier believes what it has read of revocations, in milliseconds. */
const PATIENCE_MS = 600;

/** Creates the feed of a command that has only SQL: it waits until every verifier has had to look there. */
export function createPatientRevocationFeed(): RevocationFeed {
  return {
    async publish(ended, endedBefore = []) {
      if (ended.length + endedBefore.length > 0) await delay(PATIENCE_MS);
    },
  };
}
