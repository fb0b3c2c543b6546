import { DEVICE_COOKIE_NAME, deviceProofsOf } from '@identity/service-kit/device-cookie';
import {
  COOKIE_TRANSPORT,
  REFRESH_COOKIE_NAME,
  refreshTokenOf,
  SESSION_TRANSPORT_HEADER,
} from '@identity/service-kit/refresh-cookie';
import { isLoopback } from '@identity/service-kit/production-rules';
import type { Request, Response } from 'express';
import { GraphQLError } from 'graphql';
import type { SessionCookieName } from './session-mutations.js';

/** A request whose refresh token is in a cookie of the browser, out of reach of its scripts. */
export interface CookieMode {
  /** What the subgraph that keeps sessions is told: the mode and the cookies of these names; nothing without a name. */
  headersWith(names: readonly SessionCookieName[]): Readonly<Record<string, string>>;
  /** Takes the `Set-Cookie` headers of that subgraph: the browser gets the last one of each of these names, and no other. */
  receive(names: readonly SessionCookieName[], setCookies: readonly string[]): void;
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
  const cookies = request.get('cookie');
  const sent: Readonly<Record<SessionCookieName, string | null>> = {
    [REFRESH_COOKIE_NAME]: refreshTokenOf(cookies),
    [DEVICE_COOKIE_NAME]: deviceProofsOf(cookies),
  };
  const received = new Map<SessionCookieName, string>();
  return {
    headersWith(names) {
      if (names.length === 0) return {};
      const pairs = names.filter((name) => sent[name] !== null).map((name) => `${name}=${String(sent[name])}`);
      return {
        [SESSION_TRANSPORT_HEADER]: COOKIE_TRANSPORT,
        ...(pairs.length === 0 ? {} : { cookie: pairs.join('; ') }),
      };
    },
    receive(names, setCookies) {
      for (const name of names) {
        const last = setCookies.filter((cookie) => cookie.startsWith(`${name}=`)).at(-1);
        if (last !== undefined) received.set(name, last);
      }
      if (received.size > 0) response.set('set-cookie', [...received.values()]);
    },
  };
}

/**
 * Browsers name the page's origin with every POST and say themselves whether it is this server's (Fetch Metadata); older
 * ones do not, and then the host must be the one that was asked, over TLS or on this machine, as the cookies themselves
 * demand. Whatever is not a browser names no origin.
 */
function isAllowedOrigin(request: Request, origins: readonly string[]): boolean {
  const origin = request.get('origin');
  if (origin === undefined || origins.includes(origin)) return true;
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  if (!URL.canParse(origin)) return false;
  const { protocol, host, hostname } = new URL(origin);
  return host === request.host && (protocol === 'https:' || isLoopback(hostname));
}

function refusal(status: number, code: 'BAD_USER_INPUT' | 'FORBIDDEN', message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
