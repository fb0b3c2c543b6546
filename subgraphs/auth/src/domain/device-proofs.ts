/**
 * Proofs that an account has logged in on a device. They let nobody in: only whoever knows the password gets further, and
 * the device has its own attempts at it.
 */
export interface DeviceProofs {
  /** How long a proof is one, in seconds. */
  readonly lifetime: number;
  /** What a device may keep after a login, of letters, digits, `.`, `_` and `-`; it tells nobody which account it was. */
  prove(userId: string, sessionId: string): string;
  /** The session that a login of this account has opened; null when the text does not prove one, or one long ago. */
  sessionOf(proof: string, userId: string): string | null;
}
