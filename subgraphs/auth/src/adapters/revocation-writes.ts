import { revocationKeys } from '@identity/service-kit/revocation';
import type { ChainableCommander } from 'ioredis';

/**
 * How long verifiers may believe Redis without hearing of it again, in milliseconds. The clock of a lease starts before
 * SQL is read for it, so it lacks at most what SQL learns while it lasts. Short enough for a mutation that has to wait for
 * its end; long enough to be worth something while SQL is slow by 300 ms.
 */
export const LEASE_MS = 380;

/** Adds to a transaction that sessions have ended. `retention`: how long that is to be remembered, in milliseconds. */
export function addRevocations(
  transaction: ChainableCommander,
  sessionIds: readonly string[],
  retention: number,
): ChainableCommander {
  return sessionIds.reduce((sum, id) => sum.set(revocationKeys.revoked(id), '1', 'PX', retention), transaction);
}

/**
 * Executes a transaction and returns the replies of its commands.
 *
 * @throws the error of the first command that failed; Error when Redis has executed nothing
 */
export async function execute(transaction: ChainableCommander): Promise<readonly unknown[]> {
  const replies = await transaction.exec();
  if (replies === null) throw new Error('redis has dropped a transaction');
  return replies.map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
