import { isIP } from 'node:net';

const GROUPS_OF_NETWORK = 4;
const GROUPS_OF_SITE = 3;
const FIRST_HALF_OF_GROUP = 0xff00;
const GROUPS_OF_ADDRESS = 8;

/**
 * The network that an address stands for when people are told apart by their addresses: an IPv4 address itself, of an
 * IPv6 address the first 64 bits, because whoever has one has all addresses that begin with them (RFC 6177).
 *
 * @returns Null when there is no address.
 */
export function networkOf(ipAddress: string | null): string | null {
  const address = ipAddress?.split('%')[0] ?? '';
  if (isIP(address) === 4) return address;
  if (isIP(address) === 0) return null;
  const embedded = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return embedded ?? `${groupsOf(address).slice(0, GROUPS_OF_NETWORK).join(':')}::/64`;
}

/**
 * The networks around that of an IPv6 address, the nearest first: its first 56 and 48 bits, as providers and hosters give
 * to one customer (RIPE-690, 4.2). Whoever has one has hundreds, or thousands, of what {@link networkOf} tells apart.
 *
 * @returns None for an IPv4 address, or without one.
 */
export function widerNetworksOf(ipAddress: string | null): readonly string[] {
  const [network, prefixLength] = networkOf(ipAddress)?.split('::/') ?? [];
  if (network === undefined || prefixLength === undefined) return [];
  const groups = network.split(':');
  const site = groups.slice(0, GROUPS_OF_SITE).join(':');
  const half = (parseInt(groups[GROUPS_OF_SITE] ?? '0', 16) & FIRST_HALF_OF_GROUP).toString(16);
  return [`${site}:${half}::/56`, `${site}::/48`];
}

/** The groups of an IPv6 address, those left out at `::` included. The last may be an IPv4 address in place of two. */
function groupsOf(address: string): readonly string[] {
  const [start = [], end = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const gap = GROUPS_OF_ADDRESS - start.length - end.length;
  return [...start, ...Array.from({ length: gap }, () => '0'), ...end].map((group) =>
    group.includes('.') ? group : parseInt(group, 16).toString(16),
  );
}
