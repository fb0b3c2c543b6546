import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@identity/service-kit/clock';
import type { DeviceProofs } from '../domain/device-proofs.js';

/** As long as browsers keep a cookie at most: 400 days. */
const LIFETIME_SECONDS = 400 * 86_400;

/** The session, the second after which it proves nothing any more, and what binds both to the account. */
const PROOF = /^(\w{1,64})\.([0-9a-z]{1,9})\.([\w-]{43})$/;

/**
 * Creates proofs that can be told from forged ones without a table.
 *
 * @param secret - The same for all instances.
 */
export function createDeviceProofs(secret: string, clock: Clock): DeviceProofs {
  // A key of its own: that of passwords is used for nothing else.
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'known devices', 32)));
  const now = () => Math.floor(clock().getTime() / 1_000);

  function bind(userId: string, sessionId: string, until: string): Buffer {
    return createHmac('sha256', key).update(`${userId} ${sessionId} ${until}`).digest();
  }

  return {
    lifetime: LIFETIME_SECONDS,
    prove(userId, sessionId) {
      const until = (now() + LIFETIME_SECONDS).toString(36);
      return `${sessionId}.${until}.${bind(userId, sessionId, until).toString('base64url')}`;
    },
    sessionOf(proof, userId) {
      const [, sessionId = '', until = '', code = ''] = PROOF.exec(proof) ?? [];
      const expected = bind(userId, sessionId, until);
      const presented = Buffer.from(code, 'base64url');
      const isGenuine = presented.length === expected.length && timingSafeEqual(presented, expected);
      return isGenuine && Number.parseInt(until, 36) > now() ? sessionId : null;
    },
  };
}
