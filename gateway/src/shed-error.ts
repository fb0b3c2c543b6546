/** Why a call to a subgraph was not made: nobody listens, too many wait already, it has waited for too long, or the client's request has. */
export const SHED_REASONS = ['circuit_open', 'queue_full', 'waited_too_long', 'request_out_of_time'] as const;
export type ShedReason = (typeof SHED_REASONS)[number];

/** Thrown instead of asking a subgraph that could not answer in time; nothing has been sent to it. */
export class ShedError extends Error {
  override readonly name = 'ShedError';
  readonly reason: ShedReason;

  constructor(reason: ShedReason) {
    super(`the subgraph was not asked: ${reason}`);
    this.reason = reason;
  }
}
