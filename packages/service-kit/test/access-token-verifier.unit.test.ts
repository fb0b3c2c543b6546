import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createAccessTokenVerifier } from '@identity/service-kit/access-token-verifier';
import { describe, expect, it } from '@jest/globals';

const NOW = 1_800_000_000;
const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
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

const verify = createAccessTokenVerifier({
  findKey: (kid) => {
    if (kid === 'own') return Promise.resolve({ algorithm: 'ES256', key: own.publicKey });
    return Promise.resolve(kid === 'rsa' ? { algorithm: 'RS256', key: rsa.publicKey } : null);
  },
  issuer: CLAIMS.iss,
  audience: CLAIMS.aud,
  clock: () => new Date(NOW * 1_000),
});

function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

function signed(header: unknown, payload: unknown, key: KeyObject = own.privateKey): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function withHmac(header: unknown, payload: unknown, secret: string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function without(claim: keyof typeof CLAIMS): object {
  return Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim));
}

const genuine = signed(HEADER, CLAIMS);
const [header = '', payload = '', signature = ''] = genuine.split('.');
const publicPem = own.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const duplicateClaim = `{"sub":"user_2",${JSON.stringify(CLAIMS).slice(1)}`;

describe('the verification of access tokens', () => {
  it('accepts a genuine token and returns what it says', async () => {
    const { sub, sid, jti, iat, exp, roles } = CLAIMS;
    expect(await verify(genuine)).toEqual({ valid: true, claims: { sub, sid, jti, iat, exp, roles } });
  });

  it('accepts RS256 with a key that is for RS256', async () => {
    expect((await verify(signed({ ...HEADER, alg: 'RS256', kid: 'rsa' }, CLAIMS, rsa.privateKey))).valid).toBe(true);
  });

  it.each<[string, number]>([
    ['a second before it expires', NOW + 1],
    ['within the leeway of 30 seconds', NOW - 29],
  ])('accepts a token %s', async (_when, exp) => {
    expect((await verify(signed(HEADER, { ...CLAIMS, iat: NOW - 100, exp }))).valid).toBe(true);
  });

  it('tells an expired token from a forged one', async () => {
    const expired = { ...CLAIMS, iat: NOW - 1_000, exp: NOW - 31 };
    expect(await verify(signed(HEADER, expired))).toEqual({ valid: false, reason: 'TOKEN_EXPIRED' });
    expect(await verify(signed(HEADER, expired, other.privateKey))).toEqual({ valid: false, reason: 'TOKEN_INVALID' });
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['one part', 'abc'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${genuine}.abc`],
    ['an empty signature', `${header}.${payload}.`],
    ['surrounding white space', ` ${genuine} `],
    ['a line break', `${genuine}\n`],
    ['padding in the signature', `${genuine}==`],
    ['the alphabet of plain base64', `${header}.${payload}.${'+/'.repeat(43)}`],
    ['a cut signature', genuine.slice(0, -4)],
    ['a changed payload', `${header}.${encode({ ...CLAIMS, sub: 'user_2' })}.${signature}`],
    ['the signature of another key', signed(HEADER, CLAIMS, other.privateKey)],
    [
      'a signature in DER',
      `${header}.${payload}.${sign('sha256', Buffer.from(`${header}.${payload}`), own.privateKey).toString('base64url')}`,
    ],
    ['a signature of zeros', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`],
    ['more than 8 KiB', signed(HEADER, { ...CLAIMS, filler: 'x'.repeat(9_000) })],
    ['alg none', `${encode({ ...HEADER, alg: 'none' })}.${payload}.${signature}`],
    ['alg None', `${encode({ ...HEADER, alg: 'None' })}.${payload}.${signature}`],
    ['HS256 with the public key as the secret', withHmac({ ...HEADER, alg: 'HS256' }, CLAIMS, publicPem)],
    ['RS256 for a key that is for ES256', signed({ ...HEADER, alg: 'RS256' }, CLAIMS, rsa.privateKey)],
    ['ES256 for a key that is for RS256', signed({ ...HEADER, kid: 'rsa' }, CLAIMS)],
    ['no alg', signed({ typ: HEADER.typ, kid: HEADER.kid }, CLAIMS)],
    ['an unknown kid', signed({ ...HEADER, kid: 'other' }, CLAIMS)],
    ['no kid', signed({ alg: HEADER.alg, typ: HEADER.typ }, CLAIMS)],
    ['a kid that is a path', signed({ ...HEADER, kid: '../../own' }, CLAIMS)],
    ['a kid that is a number', signed({ ...HEADER, kid: 1 }, CLAIMS)],
    ['a kid that is a list', signed({ ...HEADER, kid: ['own'] }, CLAIMS)],
    ['a critical extension', signed({ ...HEADER, crit: ['x'], x: 1 }, CLAIMS)],
    ['typ JWT', signed({ ...HEADER, typ: 'JWT' }, CLAIMS)],
    ['typ of a refresh token', signed({ ...HEADER, typ: 'rt+jwt' }, CLAIMS)],
    ['no typ', signed({ alg: HEADER.alg, kid: HEADER.kid }, CLAIMS)],
    ['a header that is a list', signed([HEADER], CLAIMS)],
    ['a header that is no JSON', signed('{', CLAIMS)],
    ['a duplicate header', signed(`{"kid":"own",${JSON.stringify(HEADER).slice(1)}`, CLAIMS)],
    ['a duplicate claim', signed(HEADER, duplicateClaim)],
    ['a payload that is a list', signed(HEADER, [CLAIMS])],
    ['a payload that is text', signed(HEADER, '"text"')],
    ['a payload that is no JSON', signed(HEADER, 'text')],
    ['a payload with white space', signed(HEADER, JSON.stringify(CLAIMS, null, 2))],
    ['another issuer', signed(HEADER, { ...CLAIMS, iss: 'https://evil.example.com' })],
    ['no issuer', signed(HEADER, without('iss'))],
    ['another audience', signed(HEADER, { ...CLAIMS, aud: 'other' })],
    ['no audience', signed(HEADER, without('aud'))],
    ['no sub', signed(HEADER, without('sub'))],
    ['a list as sub', signed(HEADER, { ...CLAIMS, sub: ['user_1'] })],
    ['an empty sub', signed(HEADER, { ...CLAIMS, sub: '' })],
    ['no sid', signed(HEADER, without('sid'))],
    ['a number as sid', signed(HEADER, { ...CLAIMS, sid: 1 })],
    ['no jti', signed(HEADER, without('jti'))],
    ['no exp', signed(HEADER, without('exp'))],
    ['text as exp', signed(HEADER, { ...CLAIMS, exp: String(CLAIMS.exp) })],
    ['a huge exp', signed(HEADER, { ...CLAIMS, exp: 1e300 })],
    ['exp before iat', signed(HEADER, { ...CLAIMS, iat: NOW + 20, exp: NOW + 10 })],
    ['no iat', signed(HEADER, without('iat'))],
    ['iat in the future', signed(HEADER, { ...CLAIMS, iat: NOW + 60 })],
    ['negative iat', signed(HEADER, { ...CLAIMS, iat: -1 })],
    ['nbf in the future', signed(HEADER, { ...CLAIMS, nbf: NOW + 60 })],
    ['no roles', signed(HEADER, without('roles'))],
    ['an unknown role', signed(HEADER, { ...CLAIMS, roles: ['ROOT'] })],
    ['roles as text', signed(HEADER, { ...CLAIMS, roles: 'ADMIN' })],
    ['a nested token', signed(HEADER, { payload: genuine })],
  ])('refuses %s', async (_what, token) => {
    expect(await verify(token)).toEqual({ valid: false, reason: 'TOKEN_INVALID' });
  });
});
