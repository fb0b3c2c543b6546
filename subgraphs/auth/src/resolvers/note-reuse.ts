import type { AuthContext } from '../context.js';
import type { Reuse } from '../domain/refresh-session.js';

/** Warns of a refresh token that two have had: who has presented it, and whose session that has ended. */
export function noteReuse({ requestId, ipAddress, logger }: AuthContext, reuse: Reuse): void {
  logger.warn(
    { requestId, clientAddress: ipAddress, ...reuse },
    'a used refresh token was presented again; its session has been ended',
  );
}
