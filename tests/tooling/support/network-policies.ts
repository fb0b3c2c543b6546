import { BlockList } from 'node:net';
import { list, mapping, type Mapping } from './mapping.js';

/** Someone on the network of a cluster. */
export interface Party {
  readonly name: string;
  /** Whether the policies are about what it sends and gets. */
  readonly own: boolean;
  /** The labels of its namespace. */
  readonly namespace: Mapping;
  readonly labels: Mapping;
  /** Outside of the cluster. */
  readonly address?: string;
  /** The numbers of the ports that it listens at, by their names. */
  readonly ports: Readonly<Record<string, number>>;
}

type Direction = 'Ingress' | 'Egress';

/** What each party may connect to by policies (their specs), as `name:port`; who may connect to nothing is left out. */
export function connections(policies: readonly Mapping[], parties: readonly Party[]): Record<string, string[]> {
  const may = (from: Party, to: Party, port: number) =>
    (!from.own || allows(policies, 'Egress', from, to, { of: to, port })) &&
    (!to.own || allows(policies, 'Ingress', to, from, { of: to, port }));
  const all = parties.map((from) => {
    const reached = parties
      .filter((to) => to !== from && (from.own || to.own))
      .flatMap((to) =>
        Object.values(to.ports)
          .filter((port) => may(from, to, port))
          .map((port) => `${to.name}:${String(port)}`),
      );
    return [from.name, reached] as const;
  });
  return Object.fromEntries(all.filter(([, reached]) => reached.length > 0));
}

/** Whether labels meet a selector; an empty one takes everything. @throws Error for an operator other than `In`. */
export function matches(selector: unknown, labels: Mapping): boolean {
  const { matchLabels, matchExpressions } = mapping(selector);
  return (
    Object.entries(mapping(matchLabels)).every(([name, value]) => labels[name] === value) &&
    list(matchExpressions)
      .map(mapping)
      .every(({ key, operator, values }) => {
        if (operator !== 'In') throw new Error(`${String(operator)} is not looked after`);
        return list(values).includes(labels[String(key)]);
      })
  );
}

/** Policies add up: whoever is the subject of one in a direction may only do what one of them names. */
function allows(
  specs: readonly Mapping[],
  direction: Direction,
  subject: Party,
  other: Party,
  listener: { readonly of: Party; readonly port: number },
): boolean {
  const about = specs.filter(
    ({ podSelector, policyTypes }) => list(policyTypes).includes(direction) && matches(podSelector, subject.labels),
  );
  const [rules, peers] = direction === 'Ingress' ? ['ingress', 'from'] : ['egress', 'to'];
  return (
    about.length === 0 ||
    about
      .flatMap((spec) => list(spec[rules]).map(mapping))
      .some(
        (rule) =>
          (rule[peers] === undefined || list(rule[peers]).some((peer) => isPeer(mapping(peer), subject, other))) &&
          (rule['ports'] === undefined ||
            list(rule['ports'])
              .map(mapping)
              .some(({ port }) => [port, listener.of.ports[String(port)]].includes(listener.port))),
      )
  );
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Mapping, subject: Party, other: Party): boolean {
  if (ipBlock !== undefined)
    return other.address !== undefined && isWithin(String(mapping(ipBlock)['cidr']), other.address);
  if (other.address !== undefined) return false;
  const isThere =
    namespaceSelector === undefined
      ? JSON.stringify(other.namespace) === JSON.stringify(subject.namespace)
      : matches(namespaceSelector, other.namespace);
  return isThere && matches(podSelector, other.labels);
}

function isWithin(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/');
  const block = new BlockList();
  block.addSubnet(network, Number(bits));
  return block.check(address);
}
