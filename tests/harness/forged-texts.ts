import { randomBytes, sign } from 'node:crypto';
import { genuineHeader, genuineToken, type ForgeryRow, type Forger } from './forger.js';
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
  const { privateKey, claims: genuine } = forger;
  const parts = { header: genuineHeader(forger), payload: genuine };
  const changed = { header: genuineHeader(forger), payload: { ...genuine, roles: ['ADMIN'] } };
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
