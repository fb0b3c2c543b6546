import { cookieOf } from './cookies.js';

/** Browsers accept this prefix only together with `Secure` and `Path=/` and without a domain (OWASP ASVS 5, 3.3.3). */
export const DEVICE_COOKIE_NAME = '__Host-device';

/** What proofs of logins are made of, a few of them in one cookie. */
const PROOFS = /^[A-Za-z0-9_.~-]{1,640}$/;

/**
 * What a `Cookie` header proves of logins before.
 *
 * @returns null when there is nothing that could be a proof.
 */
export function deviceProofsOf(cookies: string | undefined): string | null {
  return cookieOf(cookies, DEVICE_COOKIE_NAME, PROOFS);
}
