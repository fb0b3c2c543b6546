import { generateKeyPairSync } from 'node:crypto';
import { createAccessTokenVerifier, createPastAccessTokenVerifier } from '@identity/service-kit/access-token-verifier';
import { createVerificationKey, type VerificationKey } from '@identity/service-kit/verification-key';
import { createVerifiedTokens } from '@identity/service-kit/verified-tokens';
import { describe, expect, it } from '@jest/globals';
import { forgedTokens } from '../../../tests/harness/forged-tokens.js';
import { genuineToken } from '../../../tests/harness/forger.js';
import { macToken, publicForms, signToken } from '../../../tests/harness/token-forge.js';

const NOW = 1_800_000_000;
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });

const HEADER = { alg: 'ES256', typ: 'at+jwt', kid: 'own' };
const CLAIMS = {
  iss: 'https://id.example.com',
  aud: 'api',
  sub: 'user_1',
  sid: 'session_1',
  jti: 'j1',
  iat: NOW - 10,
  exp: NOW + 900,
  roles: ['USER'],
};

const keys = new Map<string, VerificationKey | null>([
  ['own', createVerificationKey(own.publicKey)],
  ['rsa', createVerificationKey(rsa.publicKey)],
]);

const options = {
  findKey: (kid: string) => Promise.resolve(keys.get(kid) ?? null),
  issuer: CLAIMS.iss,
  audience: CLAIMS.aud,
  clock: () => new Date(NOW * 1_000),
};

const createVerifier = () => createAccessTokenVerifier(options);
const verify = createVerifier();
const forger = { privateKey: own.privateKey, kid: 'own', claims: CLAIMS, now: NOW };
const rsaForger = { ...forger, privateKey: rsa.privateKey, kid: 'rsa' };
const table = forgedTokens(forger);
const rsaTable = forgedTokens(rsaForger);

function signed(changes: object): string {
  return signToken({ header: HEADER, payload: { ...CLAIMS, ...changes } }, own.privateKey);
}

describe('the verification of access tokens', () => {
  it('accepts a genuine token and returns what it says', async () => {
    expect(await verify(genuineToken(forger))).toEqual({ valid: true, claims: CLAIMS });
  });

  it('accepts RS256 with a key that is for RS256, and nothing else with it', async () => {
    const header = { ...HEADER, alg: 'RS256', kid: 'rsa' };
    expect(await verify(genuineToken(rsaForger))).toEqual({ valid: true, claims: CLAIMS });
    for (const alg of ['ES256', 'RS384', 'RS512', 'PS256'])
      expect((await verify(signToken({ header: { ...header, alg }, payload: CLAIMS }, rsa.privateKey))).valid).toBe(
        false,
      );
  });

  it.each(['HS256', 'HS384', 'HS512'])('refuses %s with the public key of RS256 as the secret', async (alg) => {
    const parts = { header: { ...HEADER, alg, kid: 'rsa' }, payload: CLAIMS };
    const { pem, der, jwk } = publicForms(rsa.privateKey);
    for (const secret of [pem, pem.trim(), der, JSON.stringify(jwk)])
      expect((await verify(macToken(parts, secret, alg.replace('HS', 'sha')))).valid).toBe(false);
  });

  it.each<[string, object]>([
    ['a second before it expires', { exp: NOW + 1 }],
    ['within the leeway of 30 seconds after', { iat: NOW - 100, exp: NOW - 29 }],
    ['within the leeway of 30 seconds before', { iat: NOW + 30 }],
    ['from its nbf on', { nbf: NOW }],
    ['that lives for an hour', { iat: NOW, exp: NOW + 3_600 }],
    ['with a claim that nobody knows', { scope: 'openid' }],
  ])('accepts a token %s', async (_when, changes) => {
    expect((await verify(signed(changes))).valid).toBe(true);
  });

  it('tries at least 60 forged tokens, all different and none by the same name', () => {
    expect(table.length).toBeGreaterThanOrEqual(60);
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
    expect(new Set(table.map(({ token }) => token)).size).toBe(table.length);
  });

  it.each(table)('refuses $name', async ({ token, refusal }) => {
    expect(await verify(token)).toEqual({ valid: false, reason: refusal });
  });

  it.each(rsaTable)('refuses for a key of RS256: $name', async ({ token, refusal }) => {
    expect(await verify(token)).toEqual({ valid: false, reason: refusal });
  });

  it('refuses them also when it has just accepted the genuine one', async () => {
    const warm = createVerifier();
    expect((await warm(genuineToken(forger))).valid).toBe(true);
    const accepted = await Promise.all(table.map(async ({ name, token }) => ((await warm(token)).valid ? [name] : [])));
    expect(accepted.flat()).toEqual([]);
  });
});

describe('the verification of access tokens that may have expired', () => {
  const verifyPast = createPastAccessTokenVerifier(options);
  const past = { iat: NOW - 1_000_900, exp: NOW - 1_000_000 };

  it('returns what a genuine token says, however long ago it has expired', async () => {
    expect(await verifyPast(signed({}))).toEqual(CLAIMS);
    expect(await verifyPast(signed(past))).toEqual({ ...CLAIMS, ...past });
  });

  it.each(table.filter(({ refusal }) => refusal === 'TOKEN_INVALID'))('refuses $name', async ({ token }) => {
    expect(await verifyPast(token)).toBeNull();
  });

  it('leaves nothing behind that would have an expired token accepted', async () => {
    const shared = { ...options, verifiedTokens: createVerifiedTokens() };
    const token = signed(past);
    await createPastAccessTokenVerifier(shared)(token);
    expect(shared.verifiedTokens.find(token)).toBeNull();
    expect(await createAccessTokenVerifier(shared)(token)).toEqual({ valid: false, reason: 'TOKEN_EXPIRED' });
  });
});
