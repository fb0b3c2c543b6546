import { generateKeyPairSync } from 'node:crypto';
import { genuineHeader, genuineToken, type ForgeryRow, type Forger } from './forger.js';
import { signToken } from './token-forge.js';

const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Signed by the issuer, with claims of another form or for somebody else. */
export function claims(forger: Forger): readonly ForgeryRow[] {
  const { privateKey, claims: genuine } = forger;
  const header = genuineHeader(forger);
  const text = JSON.stringify(genuine);
  const { iss, aud, sub } = genuine;
  const withPayload = (payload: unknown) => signToken({ header, payload }, privateKey);
  const withClaims = (changes: object) => withPayload({ ...genuine, ...changes });
  const without = (name: string) =>
    withPayload(Object.fromEntries(Object.entries(genuine).filter(([claim]) => claim !== name)));
  return [
    ...['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'roles'].flatMap((name): ForgeryRow[] => [
      [`no ${name}`, without(name)],
      [`${name} that is null`, withClaims({ [name]: null })],
      [`${name} in a list of its own`, withClaims({ [name]: [genuine[name]] })],
      [`${name} that is an object`, withClaims({ [name]: { value: genuine[name] } })],
    ]),
    ...['iss', 'aud', 'sub', 'sid', 'jti'].flatMap((name): ForgeryRow[] => [
      [`${name} that is empty`, withClaims({ [name]: '' })],
      [`${name} that is a number`, withClaims({ [name]: 1 })],
    ]),
    ['another issuer', withClaims({ iss: 'https://evil.example.com' })],
    ['an issuer that begins like ours', withClaims({ iss: `${String(iss)}.evil.example.com` })],
    ['our issuer with a slash behind', withClaims({ iss: `${String(iss)}/` })],
    ['our issuer in capitals', withClaims({ iss: String(iss).toUpperCase() })],
    ['another audience', withClaims({ aud: 'other' })],
    ['our audience in capitals', withClaims({ aud: String(aud).toUpperCase() })],
    ['our audience among others', withClaims({ aud: [aud, 'other'] })],
    ['no audience in a list', withClaims({ aud: [] })],
    ['a sub of 129 letters', withClaims({ sub: 'u'.repeat(129) })],
    ['roles as text', withClaims({ roles: 'ADMIN' })],
    ['an unknown role', withClaims({ roles: ['ROOT'] })],
    ['a role that is a list', withClaims({ roles: [['ADMIN']] })],
    ['a duplicate sub', withPayload(`{"sub":"somebody-else",${text.slice(1)}`)],
    ['a duplicate exp', withPayload(`{"exp":1,${text.slice(1)}`)],
    ['duplicate roles', withPayload(`${text.slice(0, -1)},"roles":["ADMIN"]}`)],
    [
      'a prototype in the payload',
      withPayload(`{"__proto__":{"sub":"x"},${JSON.stringify({ ...genuine, sub: undefined }).slice(1)}`),
    ],
    ['white space in the payload', withPayload(JSON.stringify(genuine, null, 2))],
    [
      'an escaped letter in the payload',
      withPayload(text.replace(String(sub), () => String.raw`\u0061${String(sub)}`)),
    ],
    ['a claim that is no UTF-8', withPayload(Buffer.from(JSON.stringify({ ...genuine, jti: '\xff' }), 'latin1'))],
    ['the claims within a claim', withPayload({ claims: genuine })],
    ['a token within the token', withPayload(JSON.stringify(genuineToken(forger)))],
    ['a payload that is a list', withPayload([genuine])],
    ['a payload that is text', withPayload('"text"')],
    ['a payload that is a number', withPayload('1')],
    ['a payload that is null', withPayload('null')],
    ['a payload that is no JSON', withPayload('text')],
    ['a payload with a comment', withPayload(`${text}//`)],
    ['a deeply nested payload', withPayload('['.repeat(2_500) + ']'.repeat(2_500))],
  ];
}

/** Signed by the issuer, for another time. */
export function times(forger: Forger): readonly ForgeryRow[] {
  const { privateKey, claims: genuine, now } = forger;
  const withClaims = (changes: object) =>
    signToken({ header: genuineHeader(forger), payload: { ...genuine, ...changes } }, privateKey);
  const expired = { iat: now - 1_000, exp: now - 31 };
  return [
    ['an expired token', withClaims(expired), { refusal: 'TOKEN_EXPIRED' }],
    ['a token that expired years ago', withClaims({ iat: 1_000, exp: 1_900 }), { refusal: 'TOKEN_EXPIRED' }],
    ['an expired token of another issuer', withClaims({ ...expired, iss: 'https://evil.example.com' })],
    [
      'an expired token of another key',
      signToken({ header: genuineHeader(forger), payload: { ...genuine, ...expired } }, other),
    ],
    ['exp as text', withClaims({ exp: String(genuine['exp']) })],
    ['a huge exp', withClaims({ exp: 1e300 })],
    ['an exp beyond the year 9999', withClaims({ exp: 253_402_300_800 })],
    ['a negative exp', withClaims({ exp: -1 })],
    ['an exp in milliseconds', withClaims({ exp: (now + 900) * 1_000 })],
    ['a life of ten years', withClaims({ exp: now + 315_360_000 })],
    ['a life of a second more than an hour', withClaims({ iat: now, exp: now + 3_601 })],
    ['exp before iat', withClaims({ iat: now + 20, exp: now + 10 })],
    ['exp at iat', withClaims({ iat: now, exp: now })],
    ['iat as text', withClaims({ iat: String(now) })],
    ['iat in the future', withClaims({ iat: now + 600, exp: now + 900 })],
    ['a negative iat', withClaims({ iat: -1 })],
    ['nbf in the future', withClaims({ nbf: now + 600 })],
    ['nbf as text', withClaims({ nbf: String(now) })],
    ['nbf that is null', withClaims({ nbf: null })],
  ];
}
