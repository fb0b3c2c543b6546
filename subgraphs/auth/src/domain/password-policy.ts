import { emailKey, foldCase, usernameKey } from './identity-keys.js';
import type { IsBreachedPassword, IsCommonPassword } from './ports.js';
import { invalidInput, passwordPolicy, type PasswordViolation, type UserError } from './user-errors.js';

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 1_024;
/** Shorter fragments of an identity occur in good passwords by chance. */
const MIN_IDENTITY_FRAGMENT = 4;
/** Half a character. UTF-8 has no bytes for one without the other, so that all of them would be hashed alike. */
const UNPAIRED_SURROGATE = /\p{Surrogate}/u;

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

/** Whether a text can be anybody's password; what cannot is refused without being hashed, whoever's it is said to be. */
export function canBePassword(password: string): boolean {
  return !isTooLong(password) && !UNPAIRED_SURROGATE.test(password);
}

function isTooLong(password: string): boolean {
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
    if (isTooLong(password)) return [passwordPolicy(field, ['TOO_LONG'])];
    if (UNPAIRED_SURROGATE.test(password)) return [invalidInput(field, 'A password has no half characters.')];
    const violations = await violationsOf(normalizePassword(password), identity);
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
  // Folded as names are, or the same letters could differ; but all of it, however long names may be.
  const folded = foldCase(password);
  const address = emailKey(email);
  const fragments = [usernameKey(username), address, address.slice(0, address.lastIndexOf('@'))];
  return fragments.some((fragment) => fragment.length >= MIN_IDENTITY_FRAGMENT && folded.includes(fragment));
}
