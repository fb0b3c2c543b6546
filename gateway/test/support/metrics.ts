import type { TestGateway } from './gateway.js';

/** Reads a metric without labels, or the first sample of one with labels, from a gateway with a listener for operators. */
export async function metricOf({ log }: TestGateway, name: string): Promise<number> {
  const url = /"url":"(http:[^"]+)"[^}]*operators/.exec(log.join(''))?.[1] ?? '';
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(metrics)?.[1]);
}
