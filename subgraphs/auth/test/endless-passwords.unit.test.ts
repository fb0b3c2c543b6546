import { describe, expect, it } from '@jest/globals';
import { createChangePassword } from '../src/domain/change-password.js';
import { createLogin } from '../src/domain/login.js';
import { createPasswordPolicy } from '../src/domain/password-policy.js';
import { createRegister } from '../src/domain/register.js';

const MEGABYTE = 'k3#Vq9zL'.repeat(131_072);

/** Stands for what must not be used: whatever is asked of it fails the test. */
function untouchable(what: string): never {
  const refuse = () => {
    throw new Error(`${what} was used`);
  };
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- it is nothing at all, and so fits everywhere
  return new Proxy(() => undefined, { get: refuse, apply: refuse }) as never;
}

describe('a password of a megabyte', () => {
  const deps = {
    storage: untouchable('the storage'),
    passwords: untouchable('the hasher'),
    lineOf: untouchable('the lines'),
    openSession: untouchable('a session'),
    revocations: untouchable('the feed'),
    newId: untouchable('an id'),
    judgePassword: createPasswordPolicy({
      isCommonPassword: untouchable('the list of common passwords'),
      isBreachedPassword: untouchable('the look-up of breached passwords'),
    }),
    clock: () => new Date(),
  };
  const origin = { ipAddress: null, userAgent: null };

  it('is refused by login before anything is hashed or read', async () => {
    const madeIn = { id: 'session_1', refreshToken: null };
    const attempt = { identifier: 'ada', password: MEGABYTE, deviceName: null, origin, madeIn };
    expect(await createLogin(deps)(attempt, 'anybody')).toMatchObject({
      userErrors: [{ code: 'INVALID_CREDENTIALS' }],
    });
  });

  it('is refused by register before anything is hashed or read', async () => {
    const registration = { username: 'ada', email: 'ada@example.com', password: MEGABYTE, deviceName: null, origin };
    expect(await createRegister(deps)({ ...registration, replaces: null })).toMatchObject({
      userErrors: [{ violations: ['TOO_LONG'] }],
    });
  });

  it('is refused as the current one before anything is hashed or read', async () => {
    const change = { currentPassword: MEGABYTE, newPassword: 'window seat 42 B' };
    const viewer = { userId: 'user_1', sessionId: 'session_1', roles: [] };
    expect(await createChangePassword(deps)(viewer, change)).toMatchObject({
      userErrors: [{ code: 'INVALID_CREDENTIALS', path: ['currentPassword'] }],
    });
  });
});
