import {
  COOKIE_TRANSPORT,
  REFRESH_COOKIE_NAME,
  refreshTokenOf,
  SESSION_TRANSPORT_HEADER,
} from '@identity/service-kit/refresh-cookie';
import type { Request, Response } from 'express';
import { GraphQLError } from 'graphql';

/** A request whose refresh token is in a cookie of the browser, out of reach of its scripts. */
export interface CookieMode {
  /** What the subgraph that keeps sessions is told: the mode and the refresh token, and nothing else of the cookies. */
  readonly headers: Readonly<Record<string, string>>;
  /** Takes the `Set-Cookie` headers of that subgraph: the browser gets the last one of the refresh token, and no other. */
  receive(setCookies: readonly string[]): void;
}

/** What is allowed. */
export interface CookieModeOptions {
  /** Whether there is a cookie mode at all. */
  readonly enabled: boolean;
  /** The origins beside the gateway's own whose pages may use it. */
  readonly origins: readonly string[];
}

/**
 * Reads whether a request is in cookie mode; null when it is not. Only a header asks for it that no form can send and no
 * foreign page without a preflight, so that the mere presence of the cookie does nothing (OWASP ASVS 5, 3.5.1, 3.5.2).
 *
 * @throws GraphQLError BAD_USER_INPUT when the header asks for something that is not offered: going on would put the
 * refresh token where the page did not want it. FORBIDDEN when the page is of an origin that is not allowed.
 */
export function cookieModeOf(
  request: Request,
  response: Response,
  { enabled, origins }: CookieModeOptions,
): CookieMode | null {
  const transport = request.get(SESSION_TRANSPORT_HEADER);
  if (transport === undefined) return null;
  if (!enabled || transport !== COOKIE_TRANSPORT)
    throw refusal(400, 'BAD_USER_INPUT', `${SESSION_TRANSPORT_HEADER}: the value is not accepted`);
  if (!isAllowedOrigin(request, origins)) throw refusal(403, 'FORBIDDEN', 'Pages of this origin may not do this.');
  const refreshToken = refreshTokenOf(request.get('cookie'));
  return {
    headers: {
      [SESSION_TRANSPORT_HEADER]: COOKIE_TRANSPORT,
      ...(refreshToken === null ? {} : { cookie: `${REFRESH_COOKIE_NAME}=${refreshToken}` }),
    },
    receive(setCookies) {
      const last = setCookies.filter((cookie) => cookie.startsWith(`${REFRESH_COOKIE_NAME}=`)).at(-1);
      if (last !== undefined) response.set('set-cookie', last);
    },
  };
}

/**
 * Browsers name the page's origin with every POST and say themselves whether it is this server's (Fetch Metadata); older
 * ones do not, and then the host must be the one that was asked. Whatever is not a browser names no origin.
 */
function isAllowedOrigin(request: Request, origins: readonly string[]): boolean {
  const origin = request.get('origin');
  if (origin === undefined || origins.includes(origin)) return true;
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  return URL.canParse(origin) && new URL(origin).host === request.host;
}

function refusal(status: number, code: 'BAD_USER_INPUT' | 'FORBIDDEN', message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
