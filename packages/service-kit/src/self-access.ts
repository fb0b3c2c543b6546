import { requireViewer, type Authentication } from './authentication.js';
import { forbidden } from './errors.js';

/** Whose an object is. */
export interface Subject {
  readonly userId: string;
  /** The request itself has just proven that the caller is this account, so that no token is needed. */
  readonly provenByRequest?: boolean;
}

/**
 * Lets through the account itself and an ADMIN.
 *
 * @throws PublicError FORBIDDEN for anybody else and for a caller without a token; UNAUTHENTICATED for a bad token, so
 * that the client knows to refresh it.
 */
export function requireSelfOrAdmin(authentication: Authentication, { userId, provenByRequest = false }: Subject): void {
  if (provenByRequest) return;
  if (authentication.kind === 'anonymous') throw forbidden();
  const viewer = requireViewer(authentication);
  if (viewer.userId !== userId && !viewer.roles.includes('ADMIN')) throw forbidden();
}
