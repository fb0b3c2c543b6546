import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawChart } from './chart.js';
import { aboutMachine, type Machine } from './machine.js';
import type { Section } from './part.js';

/** Writes RESULTS.md, results.json and results.svg into a folder, and returns the first one's text. */
export async function writeReport(folder: string, machine: Machine, sections: readonly Section[]): Promise<string> {
  const paragraphs = [
    '# Results of `npm run bench`',
    aboutMachine(machine),
    METHOD,
    '![Processor time per request](results.svg)',
    ...sections.flatMap(({ text }) => text),
  ];
  const text = `${paragraphs.join('\n\n')}\n`;
  const results = { machine, ...Object.fromEntries(sections.map((section) => [section.name, section.results])) };
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'RESULTS.md'), text),
    writeFile(join(folder, 'results.json'), `${JSON.stringify(results, rounded, 2)}\n`),
    writeFile(join(folder, 'results.svg'), drawChart(sections.flatMap(({ bars }) => bars))),
  ]);
  return text;
}

const METHOD = `CPU is processor time from \`/proc\`, user and system, garbage collection and compiler included: that of all processes which
answer together and of their children, not of databases, divided by the requests that were answered. The load comes from
processes of its own; where every answer is the same, \`autocannon\` sends it over 32 connections, each request carries the
same access token, and every answer is compared with the right one. This project is built, in production mode and, where
nothing else is said, with its defaults.`;

/** A figure of a benchmark has no more digits than this. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(2)) : value;
}
