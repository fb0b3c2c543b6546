import type { ConnectionUsage } from '@identity/service-kit/connection-metrics';
import type { Logger } from '@identity/service-kit/logger';
import { createCircuitBreaker } from './circuit-breaker.js';
import { LostConnectionError } from './http-answer.js';
import { ShedError } from './shed-error.js';
import type { AdmitAnswer } from './long-answers.js';
import { isTimeout, type HttpTransport, type TransportAnswer } from './subgraph-transport.js';
import { createWaitingLine } from './waiting-line.js';

/** Carries operations to one subgraph. */
export interface SubgraphTransport {
  /**
   * Sends one operation. A mutation is sent once: what has failed may have happened all the same. A query is sent a second
   * time when another one has broken the connection that they shared.
   *
   * @param deadline - When nobody waits for the answer any more, in milliseconds of `performance.now()`.
   * @throws AnswerTooLargeError when the answer is not admitted.
   * @throws ShedError when it is not worth trying; nothing has been sent then.
   * @throws Error when no JSON has arrived in time.
   */
  post(
    body: string,
    headers: Readonly<Record<string, string>>,
    isMutation: boolean,
    deadline: number,
    admits: AdmitAnswer,
  ): Promise<TransportAnswer>;
  usage(): ConnectionUsage;
  /** Whether calls are refused at once, because the subgraph has not answered lately. */
  isCircuitOpen(): boolean;
  /** Lets calls under way finish, then closes the connections. */
  close(): Promise<void>;
}

/** What surrounds a guarded transport. */
export interface GuardOptions {
  /** How long a query may take from waiting for a connection to the last byte, in milliseconds. */
  readonly queryTimeoutMs: number;
  /** The same for a mutation. */
  readonly mutationTimeoutMs: number;
  /** How many calls may wait for a connection. */
  readonly maxWaiting: number;
  /** The name of the subgraph, for the log. */
  readonly subgraph: string;
  readonly logger: Logger;
}

/** Of the time that a call may take, for waiting for a turn: beyond, what comes in is more than goes out. */
export const WAITING_SHARE = 1 / 3;

/** Of the connections, for mutations: passwords take long to check, and whoever only reads must not wait behind them. */
const MUTATION_SHARE = 0.5;

const PROBE_TIMEOUT_MS = 1_000;

/** Of the time that a call may take: whoever was given less to answer in, and has not, is not silent for that. */
const TELLING_SHARE = 0.5;

/**
 * Bounds what a subgraph that is slow or silent can cost the gateway and its clients: how many wait for it, for how long,
 * and whether at all.
 */
export function guardTransport(
  transport: HttpTransport,
  { queryTimeoutMs, mutationTimeoutMs, maxWaiting, subgraph, logger }: GuardOptions,
): SubgraphTransport {
  const line = createWaitingLine({
    places: transport.connections,
    maxWaiting,
    maxWaitMs: queryTimeoutMs * WAITING_SHARE,
  });
  const mutations = createWaitingLine({
    places: transport.connections * MUTATION_SHARE,
    maxWaiting,
    maxWaitMs: mutationTimeoutMs * WAITING_SHARE,
  });
  const breaker = createCircuitBreaker({
    probe: () => transport.probe(PROBE_TIMEOUT_MS),
    subgraph,
    logger,
  });

  function refuseWhileOpen(): void {
    if (breaker.isOpen()) throw new ShedError('circuit_open');
  }

  /** @param isTelling - Whether the subgraph is silent if it does not answer in time. */
  async function send(
    isTelling: boolean,
    body: string,
    headers: Readonly<Record<string, string>>,
    isMutation: boolean,
    timeoutMs: number,
    admits: AdmitAnswer,
  ): Promise<TransportAnswer> {
    refuseWhileOpen();
    const answersBefore = breaker.answers();
    try {
      const answer = await transport.post(body, headers, isMutation, timeoutMs, admits);
      breaker.answered();
      return answer;
    } catch (error) {
      // Whatever fails sooner costs nobody time, and a subgraph that is away is back at once when it is.
      if (isTimeout(error)) {
        if (isTelling) breaker.timedOut(answersBefore);
      } else if (!(error instanceof LostConnectionError)) breaker.answered();
      throw error;
    }
  }

  return {
    async post(body, headers, isMutation, deadline, admits) {
      refuseWhileOpen();
      const now = performance.now();
      const leftMs = deadline - now;
      if (leftMs <= 0) throw new ShedError('request_out_of_time');
      const timeoutMs = isMutation ? mutationTimeoutMs : queryTimeoutMs;
      const until = Math.min(now + timeoutMs, deadline);
      if (isMutation) await mutations.enter(until);
      try {
        const turn = line.enter(until);
        if (turn !== null) await turn;
        try {
          const callMs = Math.ceil(until - performance.now());
          if (callMs <= 0) throw new ShedError('waited_too_long');
          return await send(leftMs >= timeoutMs * TELLING_SHARE, body, headers, isMutation, callMs, admits);
        } finally {
          line.leave();
        }
      } finally {
        if (isMutation) mutations.leave();
      }
    },
    usage: () => ({ ...transport.usage(), waiting: line.waiting() + mutations.waiting() }),
    isCircuitOpen: () => breaker.isOpen(),
    async close() {
      breaker.stop();
      await transport.close();
    },
  };
}
