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

/** Some proxies tell the port, too. */
const ADDRESS_AND_PORT = /^(?:\[([\da-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i;

/** One spelling for each address: an IPv4 client of a dual-stack socket shows as `::ffff:192.0.2.1`. */
function canonicalAddress(value = ''): string | null {
  const [, bracketed, plain] = ADDRESS_AND_PORT.exec(value) ?? [];
  const stated = bracketed ?? plain ?? value;
  const version = isIP(stated);
  if (version === 0) return null;
  if (version === 4) return stated;
  const { address } = new SocketAddress({ address: stated, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}
