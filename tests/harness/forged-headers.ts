import { generateKeyPairSync, sign } from 'node:crypto';
import { algorithmsOf, genuineHeader, genuineToken, type ForgeryRow, type Forger } from './forger.js';
import { encode, macToken, publicForms, signingInput, signToken, tokenWithSignature } from './token-forge.js';

const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const edwards = generateKeyPairSync('ed25519').privateKey;

/** Signed in another way than the key says. */
export function algorithms(forger: Forger): readonly ForgeryRow[] {
  const { privateKey, claims: payload } = forger;
  const header = genuineHeader(forger);
  const { alg: own, stranger, otherAlg, otherStranger } = algorithmsOf(forger);
  const [, , signature = ''] = genuineToken(forger).split('.');
  const { pem, der, jwk } = publicForms(privateKey);
  const mac = (alg: string, secret: string | Buffer) =>
    macToken({ header: { ...header, alg }, payload }, secret, alg.replace('HS', 'sha'));
  return [
    ...['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg): ForgeryRow[] => [
      [`alg ${JSON.stringify(alg)} without a signature`, `${signingInput({ header: { ...header, alg }, payload })}.`],
      [
        `alg ${JSON.stringify(alg)} with a signature`,
        `${signingInput({ header: { ...header, alg }, payload })}.${signature}`,
      ],
    ]),
    ['no alg', signToken({ header: { typ: header.typ, kid: header.kid }, payload }, privateKey)],
    ['alg as a list', signToken({ header: { ...header, alg: [own] }, payload }, privateKey)],
    ['alg in lower case', signToken({ header: { ...header, alg: own.toLowerCase() }, payload }, privateKey)],
    ...['HS256', 'HS384', 'HS512'].map((alg): ForgeryRow => [
      `${alg} with the public key in PEM as the secret`,
      mac(alg, pem),
    ]),
    ['HS256 with the public key in PEM without its last line break', mac('HS256', pem.trimEnd())],
    ['HS256 with the public key in DER as the secret', mac('HS256', der)],
    ['HS256 with the public JWK as the secret', mac('HS256', JSON.stringify(jwk))],
    ['HS256 with the kid as the secret', mac('HS256', header.kid)],
    ['HS256 with an empty secret', mac('HS256', '')],
    [
      `${otherAlg} for a key that is for ${own}`,
      signToken({ header: { ...header, alg: otherAlg }, payload }, otherStranger),
    ],
    [
      `${otherAlg} in the header, signed with the key for ${own}`,
      signToken({ header: { ...header, alg: otherAlg }, payload }, privateKey),
    ],
    [`${own} in the header, signed as ${otherAlg}`, signToken({ header, payload }, otherStranger)],
    ...['PS256', 'RS384', 'RS512', 'ES384'].map((alg): ForgeryRow => [
      `${alg} in the header, signed by the issuer`,
      signToken({ header: { ...header, alg }, payload }, privateKey),
    ]),
    ['ES384', signToken({ header: { ...header, alg: 'ES384' }, payload }, otherCurve)],
    [`${own} in the header, signed on P-384`, signToken({ header, payload }, otherCurve)],
    [
      'EdDSA',
      tokenWithSignature(
        { header: { ...header, alg: 'EdDSA' }, payload },
        sign(null, Buffer.from(signingInput({ header: { ...header, alg: 'EdDSA' }, payload })), edwards),
      ),
    ],
    ['the signature of another key', signToken({ header, payload }, stranger)],
  ];
}

/** With a `kid` that leads somewhere else. */
export function keyIds(forger: Forger): readonly ForgeryRow[] {
  const { privateKey, claims: payload } = forger;
  const header = genuineHeader(forger);
  const withKid = (kid: unknown) => signToken({ header: { ...header, kid }, payload }, privateKey);
  return [
    ['no kid', signToken({ header: { alg: header.alg, typ: header.typ }, payload }, privateKey)],
    ['an unknown kid', withKid('other')],
    [
      'an unknown kid, signed with its key',
      signToken({ header: { ...header, kid: 'other' }, payload }, algorithmsOf(forger).stranger),
    ],
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
    ...['__proto__', 'constructor', 'toString'].map((kid): ForgeryRow => [
      `a kid that every object has: ${kid}`,
      withKid(kid),
    ]),
  ];
}

/** With a header that is not the one of an access token. */
export function headers(forger: Forger): readonly ForgeryRow[] {
  const { privateKey, claims: payload } = forger;
  const header = genuineHeader(forger);
  const text = JSON.stringify(header);
  const withHeader = (changed: unknown, key = privateKey) => signToken({ header: changed, payload }, key);
  const { alg, stranger: other } = algorithmsOf(forger);
  const jwk = publicForms(other).jwk;
  const url = 'https://evil.example.com/keys';
  const foreign: readonly [string, unknown][] = [
    ['jwk', { ...jwk, kid: header.kid, alg, use: 'sig' }],
    ['jku', url],
    ['x5u', url],
    ['x5c', [publicForms(other).der.toString('base64')]],
    ['x5t#S256', encode('thumbprint')],
  ];
  return [
    ...foreign.flatMap(([name, value]): ForgeryRow[] => [
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
      (typ): ForgeryRow => [`typ ${JSON.stringify(typ)}`, withHeader({ ...header, typ })],
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
    ['a header that is text', withHeader(`"${alg}"`)],
    ['a header that is null', withHeader('null')],
    ['a header that is no JSON', withHeader('{')],
    ['a header that is empty', withHeader('{}')],
  ];
}

function swapCase(text: string): string {
  return [...text]
    .map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');
}
