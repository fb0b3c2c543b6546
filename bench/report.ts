import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '@identity/service-kit/json';
import { drawChart, type BarGroup } from './chart.js';
import { aboutMachine, type Machine } from './machine.js';

/** One section of the report, as `results.json` keeps it: it may be of another day than the others. */
export interface Measured {
  readonly title: string;
  readonly machine: Machine;
  /** Markdown. */
  readonly text: string;
  readonly results: unknown;
  readonly bars: readonly BarGroup[];
}

/** Sections by their names. */
export type Report = ReadonlyMap<string, Measured>;

/** The sections that were written into a folder earlier; none where there is no report. */
export async function readReport(folder: string): Promise<Report> {
  const text = await readFile(join(folder, 'results.json'), 'utf8').catch(() => '{}');
  const sections = new Map<string, Measured>();
  const parsed: unknown = JSON.parse(text);
  for (const [name, value] of Object.entries(isRecord(parsed) ? parsed : {})) {
    if (!isMeasured(value)) throw new Error(`results.json: ${name} is no section`);
    sections.set(name, value);
  }
  return sections;
}

/**
 * Writes RESULTS.md, results.json and results.svg into a folder.
 *
 * @param order - The names of sections; those that are not in the report are passed over.
 * @returns the text of RESULTS.md.
 */
export async function writeReport(folder: string, order: readonly string[], report: Report): Promise<string> {
  const sections = order.flatMap((name) => report.get(name) ?? []);
  const paragraphs = [
    '# Results of `npm run bench`',
    METHOD,
    '![What operations cost](results.svg)',
    ...sections.flatMap(({ title, machine, text }) => [`## ${title}`, aboutMachine(machine), text]),
  ];
  const text = `${paragraphs.join('\n\n')}\n`;
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'RESULTS.md'), text),
    writeFile(
      join(folder, 'results.json'),
      `${JSON.stringify(Object.fromEntries(order.map((name) => [name, report.get(name)])), rounded, 2)}\n`,
    ),
    writeFile(join(folder, 'results.svg'), drawChart(sections.flatMap(({ bars }) => bars))),
  ]);
  return text;
}

/** Only this benchmark writes that file: its sections are told from what an earlier version wrote, no more. */
function isMeasured(value: unknown): value is Measured {
  return (
    isRecord(value) &&
    [value['title'], value['text']].every((each) => typeof each === 'string') &&
    isRecord(value['machine']) &&
    Array.isArray(value['bars'])
  );
}

const METHOD = `CPU is processor time from \`/proc\`, user and system, garbage collection and compiler included: that of all processes which
answer together and of their children, not of databases, divided by the requests that were answered. The load comes from
processes of its own; where every answer is the same, \`autocannon\` sends it over 32 connections, each request carries the
same access token, and every answer is compared with the right one. This project is built and in production mode. Its
settings are the defaults, but that tokens of whole stacks live for an hour; what else differs is told where it does. Each
section says when and where it was measured: sections are compared with each other only where that is the same.`;

/** A figure of a benchmark has no more digits than this. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(2)) : value;
}
