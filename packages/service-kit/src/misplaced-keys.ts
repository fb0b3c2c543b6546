import { createPrivateKey } from 'node:crypto';

const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Of a JSON Web Key: its kind, and what only private ones have (RFC 7518, 6.2.2 and 6.3.2). As a text in a text it has `\`. */
const JWK = [/"kty\\*"\s*:/, /"d\\*"\s*:\s*\\*"[\w-]/];
const BASE64 = /^[\w+/\s-]+=*\s*$/;
const HEX = /^(?:[\da-f]{2}\s*)+$/i;
/** What a key may be in as bytes: any kind as PKCS #8, RSA and elliptic curves also on their own. */
const DER_TYPES = ['pkcs8', 'pkcs1', 'sec1'] as const;

/**
 * Names the variables that hold a private key, which production refuses: child processes, error reports and everybody
 * who may inspect a process or a container see the environment (OWASP ASVS 5, 13.3.1).
 */
export function misplacedKeys(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(present)
    .filter(([, value = '']) => spellsPrivateKey(value) || decodings(value).some(isPrivateKey))
    .map(([name]) => `${name}: holds a private key; unset it and keep the key in a file of mode 600`);
}

function spellsPrivateKey(text: string): boolean {
  return PEM.test(text) || JWK.every((part) => part.test(text));
}

function isPrivateKey(bytes: Buffer): boolean {
  return spellsPrivateKey(bytes.toString('latin1')) || DER_TYPES.some((type) => canReadKey(bytes, type));
}

function canReadKey(key: Buffer, type: (typeof DER_TYPES)[number]): boolean {
  try {
    createPrivateKey({ key, format: 'der', type });
    return true;
  } catch {
    return false;
  }
}

function decodings(value: string): readonly Buffer[] {
  return [
    ...(BASE64.test(value) ? [Buffer.from(value, 'base64')] : []),
    ...(HEX.test(value) ? [Buffer.from(value.replace(/\s/g, ''), 'hex')] : []),
  ];
}
