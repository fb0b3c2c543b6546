import type { Clock } from '@identity/service-kit/clock';
import { emailKey, usernameKey } from './identity-keys.js';
import type { OpenSession } from './open-session.js';
import { normalizePassword, type JudgePassword } from './password-policy.js';
import type { NewAccount, NewId, PasswordHasher, RevocationFeed, Storage } from './ports.js';
import { endLost, tellEnded } from './end-lost-session.js';
import type { Origin } from './session.js';
import type { Authenticated } from './tokens.js';
import { fail, succeed, taken, type Result, type UserError } from './user-errors.js';
import { tidyEmail, tidyUsername, validateDeviceName, validateEmail, validateUsername } from './validate-identity.js';

/** Who is registering, from where. */
export interface Registration {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly deviceName: string | null;
  readonly origin: Origin;
  /** The token in the cookie that the browser is about to lose; null without one. */
  readonly replaces: string | null;
}

export interface RegisterDeps {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly judgePassword: JudgePassword;
  readonly openSession: OpenSession;
  readonly revocations: RevocationFeed;
  readonly newId: NewId;
  readonly clock: Clock;
}

export type Register = (registration: Registration) => Promise<Result<Authenticated>>;

/**
 * Opens an account and its first session, both or neither, and ends the session whose cookie that replaces. Not that of an
 * access token: whoever registers somebody else goes on with it.
 */
export function createRegister(deps: RegisterDeps): Register {
  const { storage, passwords, openSession, revocations, newId, clock } = deps;

  return async (registration) => {
    const problems = await validate(registration, deps.judgePassword);
    if (problems.length > 0) return fail(...problems);

    const keys = { usernameKey: usernameKey(registration.username), emailKey: emailKey(registration.email) };
    const alreadyTaken = takenErrors(await storage.accounts.findTakenKeys(keys.usernameKey, keys.emailKey));
    if (alreadyTaken.length > 0) return fail(...alreadyTaken);

    const passwordHash = await passwords.forRequest('anybody').hash(normalizePassword(registration.password));
    const at = clock();
    const newAccount: NewAccount = {
      id: newId.user(),
      username: tidyUsername(registration.username),
      email: tidyEmail(registration.email),
      ...keys,
      passwordHash,
      createdAt: at,
    };

    const result = await storage.atomically(async ({ accounts, sessions }) => {
      const outcome = await accounts.insert(newAccount);
      if (outcome !== 'inserted') return fail(taken(outcome === 'email_taken' ? 'email' : 'username'));
      const account = {
        ...newAccount,
        emailVerified: false,
        roles: ['USER'],
        status: 'ACTIVE',
        twoFactorEnabled: false,
      } as const;
      const tokens = await openSession(sessions, {
        account,
        deviceName: registration.deviceName,
        origin: registration.origin,
        at,
      });
      const lost = { id: null, refreshToken: registration.replaces };
      const loss = { reason: 'REPLACED', exceptId: tokens.sessionId } as const;
      return succeed({ account, tokens, replaced: await endLost(sessions, lost, loss, at) });
    });
    if (!result.ok) return result;
    const { account, tokens, replaced } = result.value;
    return succeed({ account, tokens, replacedSessions: await tellEnded(revocations, replaced) });
  };
}

async function validate(
  { username, email, password, deviceName }: Registration,
  judgePassword: JudgePassword,
): Promise<readonly UserError[]> {
  return [
    ...validateUsername(username),
    ...validateEmail(email),
    ...(await judgePassword('password', password, { username, email })),
    ...validateDeviceName(deviceName),
  ];
}

function takenErrors({
  username,
  email,
}: {
  readonly username: boolean;
  readonly email: boolean;
}): readonly UserError[] {
  return [...(username ? [taken('username')] : []), ...(email ? [taken('email')] : [])];
}
