import type { Viewer } from '@identity/service-kit/access-token';
import type { AuthContext } from '../context.js';

/** What an administrator has done. */
export interface Administration {
  readonly actor: Viewer;
  /** Whose account it was done to. */
  readonly userId: string;
  /** The session, if it was done to one alone. */
  readonly sessionId?: string;
  /** The mutation. */
  readonly field: string;
}

/** Writes to the log who has done what to whom: the line of the request knows only who. */
export function noteAdministration(context: AuthContext, { actor, field, ...target }: Administration): void {
  const { requestId, logger } = context;
  logger.info({ requestId, fields: [field], actorId: actor.userId, ...target }, 'an administrator has acted');
}
