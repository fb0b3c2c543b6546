import type { TestStack } from './stack.js';

/** One line of an exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All samples of one metric. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/i;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y;

/**
 * Reads the text format of Prometheus, version 0.0.4.
 *
 * @throws Error at the first line that is not of it, and at a sample that is twice there or not below its own type.
 */
export function parseExposition(text: string): readonly Family[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families: { readonly name: string; readonly type: string; readonly samples: Sample[] }[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    const [, name, type] = TYPE.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      if (families.some((family) => family.name === name)) throw new Error(`two types: ${name}`);
      families.push({ name, type, samples: [] });
    } else if (line !== '' && !HELP.test(line)) {
      const sample = parseSample(line);
      const family = families.at(-1);
      if (family === undefined || !belongs(sample.name, family)) throw new Error(`not below its type: ${line}`);
      const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(identity)) throw new Error(`twice: ${line}`);
      seen.add(identity);
      family.samples.push(sample);
    }
  }
  return families;
}

function parseSample(line: string): Sample {
  const [, name, text = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a line of the format: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, label, content] = LABEL.exec(text) ?? [];
    if (label === undefined || content === undefined) throw new Error(`not labels: ${line}`);
    labels[label] = content.replace(/\\(.)/g, (_escape, character) => (character === 'n' ? '\n' : String(character)));
  }
  return { name, labels, value: value.endsWith('Inf') ? Infinity : Number(value) };
}

function belongs(name: string, family: { readonly name: string; readonly type: string }): boolean {
  const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['', '_sum', '_count'];
  return suffixes.some((suffix) => name === `${family.name}${suffix}`);
}

/** Three services have them. */
export type ServiceName = 'gateway' | 'auth' | 'users';

/** The variables that open the ports for operators. */
export const ADMIN_PORTS = { GATEWAY_ADMIN_PORT: '0', AUTH_ADMIN_PORT: '0', USERS_ADMIN_PORT: '0' } as const;

/** Where a service listens for operators, as it has logged. */
export function adminUrl({ logs }: TestStack, service: ServiceName): string {
  for (const line of logs.toReversed()) {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'service' in entry && entry.service === service)
      if ('msg' in entry && entry.msg === 'listening for operators' && 'url' in entry) return String(entry.url);
  }
  throw new Error(`${service} does not listen for operators`);
}

/** What a service shows at the moment. */
export async function scrape(stack: TestStack, service: ServiceName): Promise<readonly Family[]> {
  const response = await fetch(`${adminUrl(stack, service)}/metrics`);
  if (response.status !== 200) throw new Error(`the scrape was answered with ${String(response.status)}`);
  return parseExposition(await response.text());
}

/** The sum of the samples with this name that have all of the labels; 0 without one. */
export function total(
  families: readonly Family[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return families
    .flatMap(({ samples }) => samples)
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
