/**
 * Tells whether a session has ended before its access tokens have expired.
 *
 * `token` is the token the session id was taken from, for a checker that has to ask the issuer, and `requestId` the request
 * that it came with, if that is known, so that the question can be found in the logs of both.
 * Rejects when nobody can tell: the caller must then refuse (fail closed).
 */
export type IsRevoked = (sessionId: string, token: string, requestId?: string) => Promise<boolean>;

/**
 * The names of the keys by which revocations travel through Redis; the Auth subgraph writes, everybody reads. One hash
 * tag keeps them on one node of a Redis Cluster, so that they can be written together.
 */
export const revocationKeys = {
  revoked: (sessionId: string): string => `auth:{revocations}:${sessionId}`,
  /** Present while every revocation that SQL knows is in Redis too. Without it Redis must not be believed. */
  lease: 'auth:{revocations}:complete',
  /** Becomes the lease if Redis still holds it after SQL has been read and copied; of one attempt to renew it. */
  candidate: (attemptId: string): string => `auth:{revocations}:candidate:${attemptId}`,
  /** What a process has written last: while it is there, so is everything that the process had written before. */
  mark: (processId: string): string => `auth:{revocations}:mark:${processId}`,
} as const;
