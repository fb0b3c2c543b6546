/** One login of one account on one device. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When the session ends however much it is used. */
  readonly expiresAt: Date;
}

/** Where a request comes from, as far as it can be told. */
export interface Origin {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** Why a session has ended before its time. */
export type RevocationReason =
  'LOGOUT' | 'REPLACED' | 'PASSWORD_CHANGED' | 'TOKEN_REUSED' | 'REVOKED' | 'ROLES_LOWERED' | 'SUSPENDED';
