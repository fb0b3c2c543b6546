import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createAccessTokenVerifier } from '@identity/service-kit/access-token-verifier';
import { createTokenAuthentication } from '@identity/service-kit/authentication';
import { createVerificationKey, type VerificationKey } from '@identity/service-kit/verification-key';
import { createVerifiedTokens } from '@identity/service-kit/verified-tokens';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createTestClock, type TestClock } from '../../../tests/harness/test-clock.js';
import { signToken } from '../../../tests/harness/token-forge.js';

const ISSUER = 'https://id.example.com';
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('a token that has been verified', () => {
  let clock: TestClock;
  let keys: Map<string, VerificationKey>;

  beforeEach(() => {
    clock = createTestClock();
    keys = new Map([['k', keyOf(own.publicKey)]]);
  });

  function createVerifier(options: {
    readonly audience?: string;
    readonly verifiedTokens?: ReturnType<typeof createVerifiedTokens>;
  }) {
    return createAccessTokenVerifier({
      findKey: (kid) => Promise.resolve(keys.get(kid) ?? null),
      issuer: ISSUER,
      audience: 'api',
      clock: clock.now,
      ...options,
    });
  }

  function newToken(jti = 'j1'): string {
    const iat = Math.floor(clock.now().getTime() / 1_000);
    const payload = { iss: ISSUER, aud: 'api', sub: 'u', sid: 's', jti, iat, exp: iat + 900, roles: ['USER'] };
    return signToken({ header: { alg: 'ES256', typ: 'at+jwt', kid: 'k' }, payload }, own.privateKey);
  }

  /** From now on a signature that is verified is found wrong, while the key's identity is the same. */
  function breakSignatures(): void {
    keys.set('k', { ...keyOf(own.publicKey), key: other.publicKey });
  }

  it('is not verified again, by any verifier of the process', async () => {
    const verifiedTokens = createVerifiedTokens();
    const [first, second] = [createVerifier({ verifiedTokens }), createVerifier({ verifiedTokens })];
    const [token, unseen] = [newToken(), newToken('j2')];
    expect((await first(token)).valid).toBe(true);
    breakSignatures();
    expect((await first(token)).valid).toBe(true);
    expect((await second(token)).valid).toBe(true);
    expect((await first(unseen)).valid).toBe(false);
  });

  it('is judged by the settings of each verifier', async () => {
    const verifiedTokens = createVerifiedTokens();
    const token = newToken();
    expect((await createVerifier({ verifiedTokens })(token)).valid).toBe(true);
    expect((await createVerifier({ verifiedTokens, audience: 'another api' })(token)).valid).toBe(false);
  });

  it('expires', async () => {
    const verify = createVerifier({});
    const token = newToken();
    expect((await verify(token)).valid).toBe(true);
    clock.advance(929_000);
    expect((await verify(token)).valid).toBe(true);
    clock.advance(2_000);
    expect(await verify(token)).toEqual({ valid: false, reason: 'TOKEN_EXPIRED' });
  });

  it('is refused at once when its key is removed or replaced, and verified again when the key is back', async () => {
    const verify = createVerifier({});
    const token = newToken();
    expect((await verify(token)).valid).toBe(true);
    keys.delete('k');
    expect(await verify(token)).toEqual({ valid: false, reason: 'TOKEN_INVALID' });
    keys.set('k', keyOf(other.publicKey));
    expect(await verify(token)).toEqual({ valid: false, reason: 'TOKEN_INVALID' });
    keys.set('k', keyOf(own.publicKey));
    expect((await verify(token)).valid).toBe(true);
  });

  it('is still asked about whether its session has ended', async () => {
    let ended = false;
    const authenticate = createTokenAuthentication(createVerifier({}), () => Promise.resolve(ended));
    const token = newToken();
    expect((await authenticate(token)).kind).toBe('authenticated');
    ended = true;
    expect(await authenticate(token)).toEqual({ kind: 'refused', reason: 'TOKEN_REVOKED' });
  });

  it('is forgotten when there are too many, the one used longest ago first', async () => {
    const verify = createVerifier({ verifiedTokens: createVerifiedTokens(2) });
    const [a, b, c] = [newToken('a'), newToken('b'), newToken('c')];
    for (const token of [a, b, a, c]) expect((await verify(token)).valid).toBe(true);
    breakSignatures();
    expect(await Promise.all([a, b, c].map(async (token) => (await verify(token)).valid))).toEqual([true, false, true]);
  });
});

function keyOf(publicKey: KeyObject): VerificationKey {
  const key = createVerificationKey(publicKey);
  if (key === null) throw new Error('this key cannot be used');
  return key;
}
