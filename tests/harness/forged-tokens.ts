import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import {
  encode,
  macToken,
  publicForms,
  signToken,
  signingInput,
  tokenWithSignature,
  withLeftoverBits,
} from './token-forge.js';

/** A token that must be refused. */
export interface ForgedToken {
  readonly name: string;
  readonly token: string;
  readonly refusal: 'TOKEN_INVALID' | 'TOKEN_EXPIRED';
  /** It is another token than the genuine one only as a text: within a header it is the same, or cannot be sent. */
  readonly textOnly?: boolean;
}

/** What the forger has: even the key of the issuer, for tokens that were signed and are wrong nevertheless. */
export interface Forger {
  /** The key that signs, ES256. */
  readonly privateKey: KeyObject;
  readonly kid: string;
  /** Claims of a genuine token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Seconds since 1970. */
  readonly now: number;
}

/** The order of P-256 (FIPS 186-5): r and s of a signature are between 0 and this. */
const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ZERO = Buffer.alloc(32);
const ONE = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);

const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
const edwards = generateKeyPairSync('ed25519').privateKey;

/** Every forged, malformed or misused token of the suite. */
export function forgedTokens(forger: Forger): readonly ForgedToken[] {
  const tables = [...algorithms(forger), ...keyIds(forger), ...headers(forger), ...claims(forger), ...times(forger)];
  return [...tables, ...spellings(forger), ...signatures(forger)].map(([name, token, more]) => ({
    name,
    token,
    refusal: 'TOKEN_INVALID',
    ...more,
  }));
}

/** The genuine token that the forgeries imitate. */
export function genuineToken(forger: Forger): string {
  return signToken({ header: headerOf(forger), payload: forger.claims }, forger.privateKey);
}

type Row = readonly [name: string, token: string, more?: Partial<ForgedToken>];

function headerOf({ kid }: Forger) {
  return { alg: 'ES256', typ: 'at+jwt', kid };
}

function algorithms(forger: Forger): readonly Row[] {
  const { privateKey, claims: payload } = forger;
  const header = headerOf(forger);
  const [, , signature = ''] = genuineToken(forger).split('.');
  const { pem, der, jwk } = publicForms(privateKey);
  const mac = (alg: string, secret: string | Buffer) =>
    macToken({ header: { ...header, alg }, payload }, secret, alg.replace('HS', 'sha'));
  return [
    ...['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg): Row[] => [
      [`alg ${JSON.stringify(alg)} without a signature`, `${signingInput({ header: { ...header, alg }, payload })}.`],
      [
        `alg ${JSON.stringify(alg)} with a signature`,
        `${signingInput({ header: { ...header, alg }, payload })}.${signature}`,
      ],
    ]),
    ['no alg', signToken({ header: { typ: header.typ, kid: header.kid }, payload }, privateKey)],
    ['alg as a list', signToken({ header: { ...header, alg: ['ES256'] }, payload }, privateKey)],
    ['alg in lower case', signToken({ header: { ...header, alg: 'es256' }, payload }, privateKey)],
    ...['HS256', 'HS384', 'HS512'].map((alg): Row => [
      `${alg} with the public key in PEM as the secret`,
      mac(alg, pem),
    ]),
    ['HS256 with the public key in PEM without its last line break', mac('HS256', pem.trimEnd())],
    ['HS256 with the public key in DER as the secret', mac('HS256', der)],
    ['HS256 with the public JWK as the secret', mac('HS256', JSON.stringify(jwk))],
    ['HS256 with the kid as the secret', mac('HS256', header.kid)],
    ['HS256 with an empty secret', mac('HS256', '')],
    ['RS256 for a key that is for ES256', signToken({ header: { ...header, alg: 'RS256' }, payload }, rsa)],
    ['ES256 in the header, signed with RSA', signToken({ header, payload }, rsa)],
    ['PS256', signToken({ header: { ...header, alg: 'PS256' }, payload }, rsa)],
    ['ES384', signToken({ header: { ...header, alg: 'ES384' }, payload }, otherCurve)],
    ['ES256 in the header, signed on P-384', signToken({ header, payload }, otherCurve)],
    [
      'EdDSA',
      tokenWithSignature(
        { header: { ...header, alg: 'EdDSA' }, payload },
        sign(null, Buffer.from(signingInput({ header: { ...header, alg: 'EdDSA' }, payload })), edwards),
      ),
    ],
    ['the signature of another key', signToken({ header, payload }, other)],
  ];
}

function keyIds(forger: Forger): readonly Row[] {
  const { privateKey, claims: payload } = forger;
  const header = headerOf(forger);
  const withKid = (kid: unknown) => signToken({ header: { ...header, kid }, payload }, privateKey);
  return [
    ['no kid', signToken({ header: { alg: header.alg, typ: header.typ }, payload }, privateKey)],
    ['an unknown kid', withKid('other')],
    ['an unknown kid, signed with its key', signToken({ header: { ...header, kid: 'other' }, payload }, other)],
    ['a kid that is empty', withKid('')],
    ['a kid that is null', withKid(null)],
    ['a kid that is a number', withKid(1)],
    ['a kid that is a list', withKid([header.kid])],
    ['a kid that is an object', withKid({ kid: header.kid })],
    ['a kid that is a path', withKid(`../keys/${header.kid}`)],
    [
      'a kid that is a file with known content, signed with it',
      macToken({ header: { ...header, alg: 'HS256', kid: '../../../../dev/null' }, payload }, ''),
    ],
    ['a kid that is a URL', withKid('https://evil.example.com/jwks.json')],
    ['a kid with a command', withKid(`${header.kid}|id`)],
    ['a kid with SQL', withKid(`' UNION SELECT 'secret' -- `)],
    [
      'a kid with SQL, signed with what it selects',
      macToken({ header: { ...header, alg: 'HS256', kid: "x' UNION SELECT 'secret" }, payload }, 'secret'),
    ],
    ['a kid with a null byte', withKid(`${header.kid}\0`)],
    ['a kid with white space', withKid(` ${header.kid}`)],
    ['a kid in another case', withKid(swapCase(header.kid))],
    ['a huge kid', withKid('k'.repeat(4_000))],
    ...['__proto__', 'constructor', 'toString'].map((kid): Row => [
      `a kid that every object has: ${kid}`,
      withKid(kid),
    ]),
  ];
}

function headers(forger: Forger): readonly Row[] {
  const { privateKey, claims: payload } = forger;
  const header = headerOf(forger);
  const text = JSON.stringify(header);
  const withHeader = (changed: unknown, key = privateKey) => signToken({ header: changed, payload }, key);
  const jwk = publicForms(other).jwk;
  const url = 'https://evil.example.com/keys';
  const foreign: readonly [string, unknown][] = [
    ['jwk', { ...jwk, kid: header.kid, alg: 'ES256', use: 'sig' }],
    ['jku', url],
    ['x5u', url],
    ['x5c', [publicForms(other).der.toString('base64')]],
    ['x5t#S256', encode('thumbprint')],
  ];
  return [
    ...foreign.flatMap(([name, value]): Row[] => [
      [`${name} in the header, signed with the key it names`, withHeader({ ...header, [name]: value }, other)],
      [`${name} in the header of the issuer`, withHeader({ ...header, [name]: value })],
    ]),
    ['a critical extension that nobody knows', withHeader({ ...header, crit: ['x'], x: 1 })],
    ['a critical extension that is a claim', withHeader({ ...header, crit: ['exp'], exp: 1 })],
    ['an empty list of critical extensions', withHeader({ ...header, crit: [] })],
    ['an unencoded payload (RFC 7797)', withHeader({ ...header, crit: ['b64'], b64: false })],
    ['b64 that nobody calls critical', withHeader({ ...header, b64: false })],
    ['a compressed payload', withHeader({ ...header, zip: 'DEF' })],
    ['a content type: a token within the token', withHeader({ ...header, cty: 'JWT' })],
    ['no typ', withHeader({ alg: header.alg, kid: header.kid })],
    ...['JWT', 'jwt', 'at+JWT', 'rt+jwt', 'id+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', ' at+jwt', 'at'].map(
      (typ): Row => [`typ ${JSON.stringify(typ)}`, withHeader({ ...header, typ })],
    ),
    ['typ as a list', withHeader({ ...header, typ: ['at+jwt'] })],
    ['an unknown member', withHeader({ ...header, role: 'admin' })],
    ['a duplicate kid', withHeader(`{"kid":"other",${text.slice(1)}`)],
    ['a duplicate alg: none first', withHeader(`{"alg":"none",${text.slice(1)}`)],
    ['a duplicate alg: none last', withHeader(`${text.slice(0, -1)},"alg":"none"}`)],
    ['a duplicate typ', withHeader(`{"typ":"JWT",${text.slice(1)}`)],
    ['a prototype in the header', withHeader(`{"__proto__":{"kid":"x"},${text.slice(1)}`)],
    ['white space in the header', withHeader(JSON.stringify(header, null, 1))],
    ['an escaped letter in the header', withHeader(text.replace('at+jwt', String.raw`\u0061t+jwt`))],
    ['a byte order mark before the header', withHeader(`\uFEFF${text}`)],
    ['a header that is a list', withHeader([header])],
    ['a header that is text', withHeader('"ES256"')],
    ['a header that is null', withHeader('null')],
    ['a header that is no JSON', withHeader('{')],
    ['a header that is empty', withHeader('{}')],
  ];
}

function claims(forger: Forger): readonly Row[] {
  const { privateKey, claims: genuine } = forger;
  const header = headerOf(forger);
  const text = JSON.stringify(genuine);
  const { iss, aud, sub } = genuine;
  const withPayload = (payload: unknown) => signToken({ header, payload }, privateKey);
  const withClaims = (changes: object) => withPayload({ ...genuine, ...changes });
  const without = (name: string) =>
    withPayload(Object.fromEntries(Object.entries(genuine).filter(([claim]) => claim !== name)));
  return [
    ...['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'roles'].flatMap((name): Row[] => [
      [`no ${name}`, without(name)],
      [`${name} that is null`, withClaims({ [name]: null })],
      [`${name} in a list of its own`, withClaims({ [name]: [genuine[name]] })],
      [`${name} that is an object`, withClaims({ [name]: { value: genuine[name] } })],
    ]),
    ...['iss', 'aud', 'sub', 'sid', 'jti'].flatMap((name): Row[] => [
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

function times(forger: Forger): readonly Row[] {
  const { privateKey, claims: genuine, now } = forger;
  const withClaims = (changes: object) =>
    signToken({ header: headerOf(forger), payload: { ...genuine, ...changes } }, privateKey);
  const expired = { iat: now - 1_000, exp: now - 31 };
  return [
    ['an expired token', withClaims(expired), { refusal: 'TOKEN_EXPIRED' }],
    ['a token that expired years ago', withClaims({ iat: 1_000, exp: 1_900 }), { refusal: 'TOKEN_EXPIRED' }],
    ['an expired token of another issuer', withClaims({ ...expired, iss: 'https://evil.example.com' })],
    [
      'an expired token of another key',
      signToken({ header: headerOf(forger), payload: { ...genuine, ...expired } }, other),
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
    ['iat in the future', withClaims({ iat: now + 60, exp: now + 900 })],
    ['a negative iat', withClaims({ iat: -1 })],
    ['nbf in the future', withClaims({ nbf: now + 60 })],
    ['nbf as text', withClaims({ nbf: String(now) })],
    ['nbf that is null', withClaims({ nbf: null })],
  ];
}

function spellings(forger: Forger): readonly Row[] {
  const genuine = genuineToken(forger);
  const [header = '', payload = '', signature = ''] = genuine.split('.');
  const flattened = JSON.stringify({ protected: header, payload, signature });
  // Headers have no bits to spare in every length: a claim is added until there are some.
  const loose = ['', 'x', 'xx']
    .map((filler) => signToken({ header: headerOf(forger), payload: { ...forger.claims, filler } }, forger.privateKey))
    .find((token) => (token.split('.')[1] ?? '').length % 4 > 0);
  const [, loosePayload = '', looseSignature = ''] = (loose ?? '').split('.');
  return [
    ['nothing', ''],
    ['one part', 'abc'],
    ['three empty parts', '..'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${genuine}.abc`],
    ['five parts, as if encrypted', `${header}.${payload}.${signature}.${payload}.${signature}`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['an empty signature', `${header}.${payload}.`],
    ['a dot behind', `${genuine}.`],
    ['a dot before', `.${genuine}`],
    ['padding behind the header', `${header}=.${payload}.${signature}`],
    ['padding behind the payload', `${header}.${payload}==.${signature}`],
    ['padding behind the signature', `${genuine}==`],
    ['left-over bits in the payload', `${header}.${withLeftoverBits(loosePayload)}.${looseSignature}`],
    ['left-over bits in the signature', `${header}.${payload}.${withLeftoverBits(signature)}`],
    ['a character too many', `${genuine}A`],
    ['the alphabet of plain base64', `${header}.${payload}.${'+/'.repeat(43)}`],
    ['a percent-encoded dot', genuine.replace('.', '%2E')],
    ['the scheme twice', `Bearer ${genuine}`],
    ['quotes around', `"${genuine}"`],
    ['the JSON serialization', flattened],
    ['the JSON serialization in base64url', encode(flattened)],
    ['two tokens, separated by a comma', `${genuine},${genuine}`],
    [
      '9 KB',
      signToken(
        { header: headerOf(forger), payload: { ...forger.claims, filler: 'x'.repeat(6_000) } },
        forger.privateKey,
      ),
    ],
    ['9 KB of the alphabet', 'A'.repeat(9_216)],
    ['a refresh token', randomBytes(32).toString('base64url')],
    ['white space before', ` ${genuine}`, { textOnly: true }],
    ['white space behind', `${genuine} `, { textOnly: true }],
    ['a tab behind', `${genuine}\t`, { textOnly: true }],
    ['white space within', genuine.replace('.', ' .')],
    ['a line break behind', `${genuine}\n`, { textOnly: true }],
    ['a line break within', genuine.replace('.', '.\r\n'), { textOnly: true }],
    ['a null byte behind', `${genuine}\0`, { textOnly: true }],
    ['a letter that only looks like one', genuine.replace('e', 'е'), { textOnly: true }],
  ];
}

function signatures(forger: Forger): readonly Row[] {
  const { privateKey, claims: genuine } = forger;
  const parts = { header: headerOf(forger), payload: genuine };
  const changed = { header: headerOf(forger), payload: { ...genuine, roles: ['ADMIN'] } };
  const token = genuineToken(forger);
  const bytes = Buffer.from(token.split('.')[2] ?? '', 'base64url');
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)];
  const withSignature = (...pieces: readonly Buffer[]) => tokenWithSignature(parts, Buffer.concat(pieces));
  return [
    ['a changed payload', tokenWithSignature(changed, bytes)],
    ['a changed header', tokenWithSignature({ ...parts, header: { ...parts.header, typ: 'JWT' } }, bytes)],
    ['the signature in DER', withSignature(sign('sha256', Buffer.from(signingInput(parts)), privateKey))],
    ['r and s both 0', withSignature(ZERO, ZERO)],
    ['r 0', withSignature(ZERO, s)],
    ['s 0', withSignature(r, ZERO)],
    ['r and s both 1', withSignature(ONE, ONE)],
    ['r and s both the order of the curve', withSignature(ORDER, ORDER)],
    ['r the order of the curve', withSignature(ORDER, s)],
    ['s the order of the curve', withSignature(r, ORDER)],
    ['r and s all ones', withSignature(Buffer.alloc(64, 0xff))],
    ['r and s exchanged', withSignature(s, r)],
    ['only r', withSignature(r)],
    ['a byte too few', withSignature(bytes.subarray(0, 63))],
    ['a byte too many', withSignature(bytes, Buffer.alloc(1))],
    ['a zero before', withSignature(Buffer.alloc(1), bytes)],
    ['the signature twice', withSignature(bytes, bytes)],
    ['one bit changed', withSignature(Buffer.from(bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte))))],
    ['a cut signature', token.slice(0, -4)],
    ['random bytes', withSignature(randomBytes(64))],
  ];
}

function swapCase(text: string): string {
  return [...text]
    .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}
