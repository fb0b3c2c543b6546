import type { Clock } from '@identity/service-kit/clock';
import {
  COOKIE_TRANSPORT,
  REFRESH_COOKIE_NAME,
  refreshTokenOf,
  SESSION_TRANSPORT_HEADER,
} from '@identity/service-kit/refresh-cookie';
import type { HttpExchange } from '@identity/service-kit/subgraph-request';
import type { AuthTokens } from './domain/tokens.js';

/** The browser's cookie that holds the refresh token of a client in cookie mode. */
export interface RefreshCookie {
  /** The token that the browser has sent; null without a usable one. */
  readonly presented: string | null;
  /** Has the browser keep the refresh token for as long as it is accepted, in place of any before. */
  set(tokens: Pick<AuthTokens, 'refreshToken' | 'refreshTokenExpiresAt'>): void;
  /** Has the browser forget the refresh token. */
  clear(): void;
}

/** OWASP ASVS 5, 3.3.1 to 3.3.4: over TLS only, never with requests of other sites, never shown to scripts. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** The cookie of a request; null when the gateway says nothing of cookie mode and tokens travel in bodies. */
export function createRefreshCookie(exchange: HttpExchange, clock: Clock): RefreshCookie | null {
  if (exchange.header(SESSION_TRANSPORT_HEADER) !== COOKIE_TRANSPORT) return null;

  function write(value: string, seconds: number): void {
    exchange.setHeader('set-cookie', `${REFRESH_COOKIE_NAME}=${value}; Max-Age=${String(seconds)}; ${ATTRIBUTES}`);
  }

  return {
    presented: refreshTokenOf(exchange.header('cookie')),
    set({ refreshToken, refreshTokenExpiresAt }) {
      write(refreshToken, Math.floor((refreshTokenExpiresAt.getTime() - clock().getTime()) / 1_000));
    },
    clear() {
      write('', 0);
    },
  };
}
