/** What a client is expected to handle, as the API names it. */
export type UserErrorCode =
  | 'INVALID_INPUT'
  | 'INVALID_CREDENTIALS'
  | 'EMAIL_TAKEN'
  | 'USERNAME_TAKEN'
  | 'PASSWORD_POLICY'
  | 'TOKEN_INVALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_REUSED'
  | 'ACCOUNT_SUSPENDED'
  | 'NOT_FOUND'
  | 'LAST_ADMIN';

/** A rule that a new password breaks. */
export type PasswordViolation = 'TOO_SHORT' | 'TOO_LONG' | 'TOO_COMMON' | 'CONTAINS_IDENTITY' | 'BREACHED';

/** A failure that is data and not an exception. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  /** Where in the input the fault lies; null when no single value is at fault. */
  readonly path: readonly string[] | null;
  /** Only of PASSWORD_POLICY: every rule broken. */
  readonly violations?: readonly PasswordViolation[];
}

/** What a use case that can fail in expected ways returns. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly userErrors: readonly UserError[] };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(...userErrors: readonly UserError[]): {
  readonly ok: false;
  readonly userErrors: readonly UserError[];
} {
  return { ok: false, userErrors };
}

export function invalidInput(field: string, message: string): UserError {
  return { code: 'INVALID_INPUT', message, path: [field] };
}

/** The same for an unknown account and a wrong password (OWASP ASVS 5, 6.3.8). */
export function invalidCredentials(path: readonly string[] | null = null): UserError {
  return { code: 'INVALID_CREDENTIALS', message: 'The name or the password is not right.', path };
}

export function accountSuspended(): UserError {
  return { code: 'ACCOUNT_SUSPENDED', message: 'The account cannot be used.', path: null };
}

/** What is not there and what the caller may not know of are told the same. */
export function notFound(field: string): UserError {
  return { code: 'NOT_FOUND', message: 'There is nothing with this id.', path: [field] };
}

export function lastAdmin(field: string): UserError {
  return { code: 'LAST_ADMIN', message: 'This is the last administrator; appoint another one first.', path: [field] };
}

export function taken(what: 'email' | 'username'): UserError {
  return what === 'email'
    ? { code: 'EMAIL_TAKEN', message: 'Another account has this e-mail address.', path: ['email'] }
    : { code: 'USERNAME_TAKEN', message: 'Another account has this username.', path: ['username'] };
}

export function passwordPolicy(field: string, violations: readonly PasswordViolation[]): UserError {
  return { code: 'PASSWORD_POLICY', message: 'The password breaks the password policy.', path: [field], violations };
}
