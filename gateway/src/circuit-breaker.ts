import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@identity/service-kit/logger';

/** Knows whether a subgraph is worth waiting for. */
export interface CircuitBreaker {
  /** Open: it has kept so many waiting in vain that nobody waits for it any more. */
  isOpen(): boolean;
  /** How many calls have been answered until now. */
  answers(): number;
  /** A call has ended in time, well or badly: somebody is there. */
  answered(): void;
  /**
   * A call has waited as long as it may.
   *
   * @param answersBefore - How many had been answered when it was sent: if it has been more since, the call was slow, and
   * the subgraph is not silent.
   */
  timedOut(answersBefore: number): void;
  /** Ends the questions by which an open breaker finds out whether it may close. */
  stop(): void;
}

/** What a breaker is made from. */
export interface CircuitBreakerOptions {
  /** Asks something without consequence; rejects when there is no answer. */
  readonly probe: () => Promise<void>;
  /** Resolves after so many milliseconds; rejects when told to end. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** The name of the subgraph, for the log. */
  readonly subgraph: string;
  readonly logger: Logger;
}

/** Calls that have waited in vain, with no other answered meanwhile, before nobody waits any more. */
const MAX_TIMEOUTS = 5;

/** Between two questions to a subgraph that keeps silent, in milliseconds: about how late its return is noticed. */
const PROBE_INTERVAL_MS = 500;

/**
 * Creates a breaker that is closed. While it is open it asks by itself whether somebody is there, so that no client's
 * operation has to find out; the first one that waits in vain after that opens it again.
 */
export function createCircuitBreaker({
  probe,
  pause = sleepFor,
  subgraph,
  logger,
}: CircuitBreakerOptions): CircuitBreaker {
  let timeouts = 0;
  let answers = 0;
  let probing: AbortController | null = null;

  function open(): void {
    const controller = new AbortController();
    probing = controller;
    logger.warn({ subgraph }, 'a subgraph does not answer in time; it is not asked until it answers a health check');
    void probeUntilAnswered(controller.signal);
  }

  function close(): void {
    probing?.abort();
    probing = null;
    logger.info({ subgraph }, 'a subgraph answers again');
  }

  async function probeUntilAnswered(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await pause(PROBE_INTERVAL_MS, signal);
        await probe();
      } catch {
        continue;
      }
      // A client's call that was under way may have been answered before.
      if (probing?.signal !== signal) return;
      answers += 1;
      timeouts = MAX_TIMEOUTS - 1;
      close();
    }
  }

  return {
    isOpen: () => probing !== null,
    answers: () => answers,
    answered() {
      answers += 1;
      timeouts = 0;
      if (probing !== null) close();
    },
    timedOut(answersBefore) {
      if (answersBefore !== answers) return;
      timeouts += 1;
      if (timeouts >= MAX_TIMEOUTS && probing === null) open();
    },
    stop() {
      probing?.abort();
    },
  };
}

async function sleepFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false });
}
