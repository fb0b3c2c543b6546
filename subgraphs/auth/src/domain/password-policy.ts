import { emailKey, usernameKey } from './identity-keys.js';
import type { IsBreachedPassword, IsCommonPassword } from './ports.js';
import { passwordPolicy, type PasswordViolation, type UserError } from './user-errors.js';

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 1_024;
/** Shorter fragments of an identity occur in good passwords by chance. */
const MIN_IDENTITY_FRAGMENT = 4;

/** Whom a password belongs to. */
export interface Identity {
  readonly username: string;
  readonly email: string;
}

/** Judges a new password; `field` names it in the errors. */
export type JudgePassword = (field: string, password: string, identity: Identity) => Promise<readonly UserError[]>;

/** A password as it is judged and hashed: the same text whatever keyboard or system wrote it (NIST SP 800-63B, 3.1.1.2). */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

/** Whether a text is too long to be anybody's password, so that it need not be hashed to be refused. */
export function exceedsPasswordLength(password: string): boolean {
  return password.length > MAX_CHARACTERS * 4 || [...normalizePassword(password)].length > MAX_CHARACTERS;
}

/** What a policy is made from. */
export interface PasswordPolicyDeps {
  readonly isCommonPassword: IsCommonPassword;
  readonly isBreachedPassword: IsBreachedPassword;
}

/**
 * Creates the password policy (OWASP ASVS 5, 6.2): 8 to 1,024 characters, no rules of composition, no common or
 * breached password, nothing that contains the identity.
 */
export function createPasswordPolicy({ isCommonPassword, isBreachedPassword }: PasswordPolicyDeps): JudgePassword {
  return async (field, password, identity) => {
    const violations = exceedsPasswordLength(password)
      ? ['TOO_LONG' as const]
      : await violationsOf(normalizePassword(password), identity);
    return violations.length === 0 ? [] : [passwordPolicy(field, violations)];
  };

  async function violationsOf(password: string, identity: Identity): Promise<readonly PasswordViolation[]> {
    const violations: PasswordViolation[] = [];
    if ([...password].length < MIN_CHARACTERS) violations.push('TOO_SHORT');
    if (isCommonPassword(password)) violations.push('TOO_COMMON');
    if (containsIdentity(password, identity)) violations.push('CONTAINS_IDENTITY');
    if (await isBreachedPassword(password)) violations.push('BREACHED');
    return violations;
  }
}

function containsIdentity(password: string, { username, email }: Identity): boolean {
  // Folded as names are, or the same letters could differ.
  const folded = usernameKey(password);
  const address = emailKey(email);
  const fragments = [usernameKey(username), address, address.slice(0, address.lastIndexOf('@'))];
  return fragments.some((fragment) => fragment.length >= MIN_IDENTITY_FRAGMENT && folded.includes(fragment));
}
