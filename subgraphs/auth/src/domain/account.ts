import type { Role } from '@identity/service-kit/access-token';

/** Whether an account can be used. */
export type AccountStatus = 'ACTIVE' | 'SUSPENDED' | 'PENDING_DELETION';

/** An account as the domain knows it; never carries credentials. */
export interface Account {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly roles: readonly Role[];
  readonly status: AccountStatus;
  readonly twoFactorEnabled: boolean;
  readonly createdAt: Date;
}

/** An account together with what proves that somebody owns it. */
export interface AccountWithCredentials {
  readonly account: Account;
  readonly passwordHash: string;
}
