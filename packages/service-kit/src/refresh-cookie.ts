import { cookieOf } from './cookies.js';

/** The request header by which a client says that a browser's cookie is to hold its refresh token. */
export const SESSION_TRANSPORT_HEADER = 'x-session-transport';

/** The only value of that header; without it refresh tokens travel in the bodies of requests and answers. */
export const COOKIE_TRANSPORT = 'cookie';

/** Browsers accept this prefix only together with `Secure` and `Path=/` and without a domain (OWASP ASVS 5, 3.3.3). */
export const REFRESH_COOKIE_NAME = '__Host-refresh-token';

/** What refresh tokens are made of; quotation marks and percent signs are not, so that nothing is ever decoded. */
const REFRESH_TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * The refresh token in a `Cookie` header.
 *
 * @returns null when there is none that could be a refresh token.
 */
export function refreshTokenOf(cookies: string | undefined): string | null {
  return cookieOf(cookies, REFRESH_COOKIE_NAME, REFRESH_TOKEN);
}
