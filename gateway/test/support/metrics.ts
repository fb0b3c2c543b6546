import type { TestGateway } from './gateway.js';

/** Reads a metric without labels, or the first sample of one with labels, from a gateway with a listener for operators. */
export async function metricOf(gateway: TestGateway, name: string): Promise<number> {
  return Number(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(await metricsOf(gateway))?.[1]);
}

/** Reads all metrics of a gateway with a listener for operators, as they are exposed. */
export async function metricsOf(gateway: TestGateway): Promise<string> {
  return (await fetch(`${operatorsUrl(gateway)}/metrics`)).text();
}

/** Where the listener for operators is. */
export function operatorsUrl({ log }: TestGateway): string {
  return /"url":"(http:[^"]+)"[^}]*operators/.exec(log.join(''))?.[1] ?? '';
}
