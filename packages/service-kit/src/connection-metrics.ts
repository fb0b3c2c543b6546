import type { Meter } from './metrics.js';

/** How the connections to a server are used at the moment. */
export interface ConnectionUsage {
  readonly used: number;
  readonly idle: number;
  /** Those who wait for one. */
  readonly waiting: number;
}

/** Shows how a service uses its database. */
export function measureConnections(meter: Meter, usage: () => ConnectionUsage): void {
  meter.gauge({
    name: 'identity_database_connections',
    help: 'Open connections to the database, and those who wait for one or, with SQLite, for their turn to write.',
    labels: ['state'],
    read: () => samplesOf(usage(), {}),
  });
}

/** A sample for each state, with further labels. */
export function samplesOf<TLabels extends Readonly<Record<string, string>>>(
  usage: ConnectionUsage,
  labels: TLabels,
): readonly { readonly labels: TLabels & { readonly state: string }; readonly value: number }[] {
  const { used, idle, waiting } = usage;
  return Object.entries({ used, idle, waiting }).map(([state, value]) => ({ labels: { ...labels, state }, value }));
}
