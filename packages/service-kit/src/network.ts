import { isIP } from 'node:net';

const GROUPS_OF_NETWORK = 4;
const GROUPS_OF_SITE = 3;
const FIRST_HALF_OF_GROUP = 0xff00;
const GROUPS_OF_ADDRESS = 8;
const GROUPS_OF_IPV4 = 2;
const IPV4_PREFIXES: ReadonlySet<string> = new Set(['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0']);

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
  const groups = groupsOf(address);
  return embeddedIpv4(groups) ?? `${groups.slice(0, GROUPS_OF_NETWORK).join(':')}::/64`;
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

/** The IPv4 address of a client that dual-stack sockets or translators (RFC 6052) show as one of IPv6; null of others. */
function embeddedIpv4(groups: readonly string[]): string | null {
  if (!IPV4_PREFIXES.has(groups.slice(0, -GROUPS_OF_IPV4).join(':'))) return null;
  const bytes = groups.slice(-GROUPS_OF_IPV4).map((group) => parseInt(group, 16));
  return bytes.flatMap((pair) => [pair >> 8, pair & 0xff]).join('.');
}

/** The groups of an IPv6 address, those left out at `::` included, in hexadecimal. */
function groupsOf(address: string): readonly string[] {
  const [start = [], end = []] = address.split('::').map((part) => part.split(':').flatMap(hexadecimalGroups));
  return [...start, ...Array.from({ length: GROUPS_OF_ADDRESS - start.length - end.length }, () => '0'), ...end];
}

/** The last one may be an IPv4 address in place of two. */
function hexadecimalGroups(group: string): readonly string[] {
  if (group === '') return [];
  if (!group.includes('.')) return [parseInt(group, 16).toString(16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [a * 256 + b, c * 256 + d].map((pair) => pair.toString(16));
}
