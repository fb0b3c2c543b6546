/**
 * Why a call to a subgraph was not made: nobody listens, too many wait already, it has waited for too long, or the client's
 * request has. Or why the answer to a query was not read: too many others were read before it.
 */
export const SHED_REASONS = [
  'circuit_open',
  'queue_full',
  'waited_too_long',
  'request_out_of_time',
  'answer_waited_too_long',
] as const;
export type ShedReason = (typeof SHED_REASONS)[number];

/** Thrown instead of asking a subgraph that could not answer in time, or instead of an answer to a query; nothing was changed. */
export class ShedError extends Error {
  override readonly name = 'ShedError';
  readonly reason: ShedReason;

  constructor(reason: ShedReason) {
    super(`the call to the subgraph was given up: ${reason}`);
    this.reason = reason;
  }
}
