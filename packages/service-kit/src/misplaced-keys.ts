const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** What every PEM file begins with, encoded in base64. */
const ENCODED_PEM = /^\s*LS0tLS1CRUdJTi/;

/**
 * Names the variables that hold a private key, which production refuses: child processes, error reports and everybody
 * who may inspect a process or a container see the environment (OWASP ASVS 5, 13.3.1).
 */
export function misplacedKeys(present: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(present)
    .filter(([, value = '']) => PRIVATE_KEY.test(value) || PRIVATE_KEY.test(decoded(value)))
    .map(([name]) => `${name}: holds a private key; unset it and keep the key in a file of mode 600`);
}

function decoded(value: string): string {
  return ENCODED_PEM.test(value) ? Buffer.from(value, 'base64').toString('latin1') : '';
}
