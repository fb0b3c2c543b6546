import type { Clock } from '@identity/service-kit/clock';
import { DEVICE_COOKIE_NAME, deviceProofsOf } from '@identity/service-kit/device-cookie';
import {
  COOKIE_TRANSPORT,
  REFRESH_COOKIE_NAME,
  refreshTokenOf,
  SESSION_TRANSPORT_HEADER,
} from '@identity/service-kit/refresh-cookie';
import type { HttpExchange } from '@identity/service-kit/subgraph-request';
import type { DeviceProofs } from './domain/device-proofs.js';
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

/** The browser's cookie that outlives its sessions, so that the browser is known when somebody has to log in again. */
export interface DeviceCookie {
  /** What the browser has sent, of whichever accounts, the latest first. */
  readonly proofs: readonly string[];
  /** Has the browser keep that the account has logged in there, beside the last others. */
  remember(userId: string, sessionId: string): void;
}

/** The cookies of a client in cookie mode; null of any other. */
export interface BrowserCookies {
  readonly refreshCookie: RefreshCookie | null;
  readonly deviceCookie: DeviceCookie | null;
}

/** OWASP ASVS 5, 3.3.1 to 3.3.4: over TLS only, never with requests of other sites, never shown to scripts. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** More people than share a browser without profiles of their own; whoever has logged in longest ago is forgotten. */
const ACCOUNTS_OF_A_DEVICE = 4;

/** Stands between proofs. */
const SEPARATOR = '~';

/** The form of a proof of whichever account: nothing else goes back to the browser, which could make the cookie too long. */
const PROOF = /^\w{1,64}\.\w{1,9}\.[\w-]{43}$/;

/** The cookies of a request; none when the gateway says nothing of cookie mode and tokens travel in bodies. */
export function createBrowserCookies(
  exchange: HttpExchange,
  { deviceProofs, clock }: { readonly deviceProofs: DeviceProofs; readonly clock: Clock },
): BrowserCookies {
  if (exchange.header(SESSION_TRANSPORT_HEADER) !== COOKIE_TRANSPORT)
    return { refreshCookie: null, deviceCookie: null };
  const cookies = exchange.header('cookie');
  const written = new Map<string, string>();

  function write(name: string, value: string, seconds: number): void {
    written.set(name, `${name}=${value}; Max-Age=${String(seconds)}; ${ATTRIBUTES}`);
    exchange.setHeader('set-cookie', [...written.values()]);
  }

  const proofs = (deviceProofsOf(cookies) ?? '')
    .split(SEPARATOR)
    .filter((proof) => PROOF.test(proof))
    .slice(0, ACCOUNTS_OF_A_DEVICE);

  return {
    refreshCookie: {
      presented: refreshTokenOf(cookies),
      set({ refreshToken, refreshTokenExpiresAt }) {
        const seconds = Math.floor((refreshTokenExpiresAt.getTime() - clock().getTime()) / 1_000);
        write(REFRESH_COOKIE_NAME, refreshToken, seconds);
      },
      clear() {
        write(REFRESH_COOKIE_NAME, '', 0);
      },
    },
    deviceCookie: {
      proofs,
      remember(userId, sessionId) {
        const others = proofs.filter((proof) => deviceProofs.sessionOf(proof, userId) === null);
        const kept = [deviceProofs.prove(userId, sessionId), ...others].slice(0, ACCOUNTS_OF_A_DEVICE);
        write(DEVICE_COOKIE_NAME, kept.join(SEPARATOR), deviceProofs.lifetime);
      },
    },
  };
}
