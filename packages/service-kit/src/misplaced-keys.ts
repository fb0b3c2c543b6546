const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Of a JSON Web Key: its kind, and what only private ones have (RFC 7518, 6.2.2 and 6.3.2). As a text in a text it has `\`. */
const JWK = [/"kty\\*"\s*:/, /"d\\*"\s*:\s*\\*"[\w-]/];
const BASE64 = /^[\w+/\s-]+=*\s*$/;

/**
 * Names the variables that hold a private key, which production refuses: child processes, error reports and everybody
 * who may inspect a process or a container see the environment (OWASP ASVS 5, 13.3.1).
 */
export function misplacedKeys(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(present)
    .filter(([, value = '']) => holdsPrivateKey(value) || holdsPrivateKey(decoded(value)))
    .map(([name]) => `${name}: holds a private key; unset it and keep the key in a file of mode 600`);
}

function holdsPrivateKey(text: string): boolean {
  return PEM.test(text) || JWK.every((part) => part.test(text));
}

function decoded(value: string): string {
  return BASE64.test(value) ? Buffer.from(value, 'base64').toString('latin1') : '';
}
