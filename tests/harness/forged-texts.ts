import { constants, randomBytes, sign } from 'node:crypto';
import { algorithmsOf, genuineHeader, genuineToken, type ForgeryRow, type Forger } from './forger.js';
import { encode, signingInput, signToken, tokenWithSignature, withLeftoverBits } from './token-forge.js';

/** The order of P-256 (FIPS 186-5): r and s of a signature are between 0 and this. */
const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ZERO = Buffer.alloc(32);
const ONE = Buffer.concat([Buffer.alloc(31), Buffer.from([1])]);

/** Another text than a token has, or the same one spelled in another way. */
export function spellings(forger: Forger): readonly ForgeryRow[] {
  const genuine = genuineToken(forger);
  const [header = '', payload = '', signature = ''] = genuine.split('.');
  const flattened = JSON.stringify({ protected: header, payload, signature });
  // Headers have no bits to spare in every length: a claim is added until there are some.
  const loose = ['', 'x', 'xx']
    .map((filler) =>
      signToken({ header: genuineHeader(forger), payload: { ...forger.claims, filler } }, forger.privateKey),
    )
    .find((token) => (token.split('.')[1] ?? '').length % 4 > 0);
  const [, loosePayload = '', looseSignature = ''] = (loose ?? '').split('.');
  // A signature by RSA may be a multiple of three bytes long, with no bits to spare.
  const hasSpareBits = signature.length % 4 > 0;
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
    ...(hasSpareBits
      ? [['left-over bits in the signature', `${header}.${payload}.${withLeftoverBits(signature)}`] as const]
      : []),
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
        { header: genuineHeader(forger), payload: { ...forger.claims, filler: 'x'.repeat(6_600) } },
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

/** With a signature that is none of these bytes, or none at all. */
export function signatures(forger: Forger): readonly ForgeryRow[] {
  const { claims: genuine } = forger;
  const parts = { header: genuineHeader(forger), payload: genuine };
  const changed = { header: genuineHeader(forger), payload: { ...genuine, roles: ['ADMIN'] } };
  const token = genuineToken(forger);
  const bytes = Buffer.from(token.split('.')[2] ?? '', 'base64url');
  const withSignature = (...pieces: readonly Buffer[]) => tokenWithSignature(parts, Buffer.concat(pieces));
  return [
    ['a changed payload', tokenWithSignature(changed, bytes)],
    ['a changed header', tokenWithSignature({ ...parts, header: { ...parts.header, typ: 'JWT' } }, bytes)],
    ...(algorithmsOf(forger).alg === 'ES256' ? ellipticSignatures(forger) : rsaSignatures(forger)),
    ['a byte too few', withSignature(bytes.subarray(0, -1))],
    ['a byte too many', withSignature(bytes, Buffer.alloc(1))],
    ['a zero before', withSignature(Buffer.alloc(1), bytes)],
    ['the signature twice', withSignature(bytes, bytes)],
    ['one bit changed', withSignature(Buffer.from(bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte))))],
    ['a cut signature', token.slice(0, -4)],
    ['random bytes', withSignature(randomBytes(bytes.length))],
  ];
}

/** With numbers that are no point and no inverse, or in another order or form. */
function ellipticSignatures(forger: Forger): readonly ForgeryRow[] {
  const parts = { header: genuineHeader(forger), payload: forger.claims };
  const bytes = Buffer.from(genuineToken(forger).split('.')[2] ?? '', 'base64url');
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)];
  const withSignature = (...pieces: readonly Buffer[]) => tokenWithSignature(parts, Buffer.concat(pieces));
  return [
    ['the signature in DER', withSignature(sign('sha256', Buffer.from(signingInput(parts)), forger.privateKey))],
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
  ];
}

/** By the issuer's key, of another kind or another digest; or numbers that are their own cube or power. */
function rsaSignatures(forger: Forger): readonly ForgeryRow[] {
  const parts = { header: genuineHeader(forger), payload: forger.claims };
  const input = Buffer.from(signingInput(parts));
  const { privateKey: key } = forger;
  const { length } = sign('sha256', input, key);
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return [
    ['a PSS signature', tokenWithSignature(parts, sign('sha256', input, pss))],
    ['a PSS signature that says so', pssToken(forger)],
    ['SHA-384 in the signature', tokenWithSignature(parts, sign('sha384', input, key))],
    ['SHA-512 in the signature', tokenWithSignature(parts, sign('sha512', input, key))],
    ['a signature of 0', tokenWithSignature(parts, Buffer.alloc(length))],
    ['a signature of 1', tokenWithSignature(parts, Buffer.concat([Buffer.alloc(length - 1), Buffer.from([1])]))],
    ['a signature of all ones', tokenWithSignature(parts, Buffer.alloc(length, 0xff))],
  ];
}

function pssToken(forger: Forger): string {
  const parts = { header: { ...genuineHeader(forger), alg: 'PS256' }, payload: forger.claims };
  const pss = { key: forger.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return tokenWithSignature(parts, sign('sha256', Buffer.from(signingInput(parts)), pss));
}
