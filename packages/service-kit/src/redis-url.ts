import { z } from 'zod';

/** Where a server listens. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** What a `REDIS_URL` says. */
export interface RedisPlace {
  /** One server, the nodes of a Redis Cluster, or the Sentinels that know which server is the master. */
  readonly kind: 'server' | 'cluster' | 'sentinel';
  /** At least one. */
  readonly addresses: readonly [RedisAddress, ...RedisAddress[]];
  readonly tls: boolean;
  /** Empty for Redis's own default. */
  readonly username: string;
  readonly password: string;
  /** What the Sentinels call the master; empty without Sentinels. */
  readonly master: string;
  /** What the Sentinels themselves ask for. */
  readonly sentinelPassword: string;
}

const FORM = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/;
const DEFAULT_PORT = 6_379;
const DEFAULT_SENTINEL_PORT = 26_379;

/**
 * Reads the URL of a Redis. One with several addresses is none for `URL`, so it is taken apart here:
 * `redis://user:password@host:port`, `redis+cluster://user:password@host:port,host:port`, or
 * `redis+sentinel://user:password@host:port,host:port/master?sentinelPassword=…`; `rediss` with TLS.
 *
 * @returns null when it is no such URL.
 */
export function parseRedisUrl(value: string): RedisPlace | null {
  const [matched, tls = '', kind, credentials = '', hosts = '', path = '', query = ''] = FORM.exec(value) ?? [];
  if (matched === undefined) return null;
  const [username = '', ...password] = credentials.split(':');
  const [first, ...others] = hosts.split(',').map((host) => addressOf(host, kind));
  const options = [...new URLSearchParams(query)];
  const place = {
    kind: kind === 'cluster' || kind === 'sentinel' ? kind : 'server',
    tls: tls !== '',
    username: decoded(username),
    password: decoded(password.join(':')),
    master: kind === 'sentinel' ? decoded(path) : '',
    sentinelPassword: options.find(([name]) => name === 'sentinelPassword')?.[1] ?? '',
  } as const;
  const addresses = others.filter((address) => address !== null);
  if (first == null || addresses.length < others.length) return null;
  if (kind === undefined) return others.length === 0 ? { ...place, addresses: [first] } : null;
  // Whatever else stands there would be of no effect.
  const known = options.every(([name]) => kind === 'sentinel' && name === 'sentinelPassword');
  const complete = kind === 'sentinel' ? place.master !== '' : path === '';
  return known && complete ? { ...place, addresses: [first, ...addresses] } : null;
}

/** The URL of a Redis, in one of the forms that {@link parseRedisUrl} reads. */
export const redisUrl = z.string().refine((value) => parseRedisUrl(value) !== null, {
  error:
    'must be redis://host:port, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master; ' +
    'rediss with TLS',
});

function addressOf(text: string, kind: string | undefined): RedisAddress | null {
  const url = `redis://${text}`;
  if (!URL.canParse(url)) return null;
  const { hostname, port } = new URL(url);
  if (hostname === '') return null;
  const usual = kind === 'sentinel' ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
