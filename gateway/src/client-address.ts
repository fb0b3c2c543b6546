import type { IncomingMessage } from 'node:http';
import { isIP, SocketAddress } from 'node:net';
import proxyAddr from 'proxy-addr';

/** Tells the client's address as far as it can be trusted; null when a proxy has sent something else than an address. */
export type ClientAddressOf = (request: IncomingMessage) => string | null;

/** @param trustedHops - How many proxies stand before this server, each of which adds to `X-Forwarded-For`. */
export function createClientAddress(trustedHops: number): ClientAddressOf {
  return (request) => canonicalAddress(trustedHops === 0 ? request.socket.remoteAddress : furthestTrusted(request));

  function furthestTrusted(request: IncomingMessage): string {
    return proxyAddr(request, (_address, hop) => hop < trustedHops);
  }
}

/** One spelling for each address: an IPv4 client of a dual-stack socket shows as `::ffff:192.0.2.1`. */
function canonicalAddress(value: string | undefined): string | null {
  const version = isIP(value ?? '');
  if (value === undefined || version === 0) return null;
  if (version === 4) return value;
  const { address } = new SocketAddress({ address: value, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}
