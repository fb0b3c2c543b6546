import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part, Section, Setting } from './part.js';
import { runPeer } from './peer-process.js';
import { residentMebibytes } from './processes.js';
import { startEmbedded } from './stacks/embedded.js';
import { logIn, seededUsername, seedPeople } from './stacks/seeding.js';
import { startServers } from './stacks/servers.js';
import { startServices } from './stacks/services.js';
import type { Stack } from './stacks/stack.js';
import { table } from './tables.js';
import { ask } from './targets.js';

const PEOPLE = 20;
const CONNECTIONS = 8;
/** In so many parts, so that what memory does in between is seen. */
const FULL = { operations: 100_000, parts: 10, restMs: 90_000 } as const;
const SMOKE = { operations: 160, parts: 2, restMs: 100 } as const;

/** What a process takes of the machine's memory, in MiB. */
interface MemoryFigure {
  readonly process: string;
  readonly atRest: number;
  /** After each part of the operations. */
  readonly after: readonly number[];
  /** When there has been nothing to do for a while after them. */
  readonly atRestAgain: number;
}

/** What operations of which no two are alike leave in memory. */
export const MEMORY: Part = {
  name: 'memory',
  title: 'Memory',
  names: ['memory'],

  async run(_wanted, setting) {
    const figures = [...(await ofServices(setting)), ...(await ofOneProcess(setting))];
    return sectionOf(extentOf(setting).operations, figures);
  },
};

const extentOf = ({ smoke }: Setting) => (smoke ? SMOKE : FULL);

async function ofServices(setting: Setting): Promise<readonly MemoryFigure[]> {
  const servers = await startServers(setting.folder);
  try {
    const password = await seedPeople(PEOPLE, servers.environment);
    return await memoryOf(await startServices(servers, setting.folder), password, setting);
  } finally {
    await servers.stop();
  }
}

async function ofOneProcess(setting: Setting): Promise<readonly MemoryFigure[]> {
  const dataFolder = await mkdtemp(join(setting.folder, 'memory-'));
  const password = await seedPeople(PEOPLE, { DATA_DIR: dataFolder });
  return memoryOf(await startEmbedded(dataFolder, setting.folder), password, setting);
}

/** Ends the stack, too. */
async function memoryOf(
  { url, processes, stop }: Stack,
  password: string,
  setting: Setting,
): Promise<readonly MemoryFigure[]> {
  try {
    const { accessToken } = await logIn(url, seededUsername(1), password);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
    await ask({ url, headers }, { query: '{ me { id username profile { bio } } }' });
    const observe = (): readonly number[] => processes.map(({ pid }) => residentMebibytes(pid));
    const atRest = observe();
    const after: (readonly number[])[] = [];
    const { operations, parts, restMs } = extentOf(setting);
    const amount = operations / parts;
    for (let part = 0; part < parts; part += 1) {
      const load = await runPeer('unique-load.js', {
        url,
        headers,
        connections: CONNECTIONS,
        from: part * amount,
        amount,
      });
      if (load.get('wrong') !== 0) throw new Error(`${String(load.get('wrong'))} answers were wrong or missing`);
      after.push(observe());
      setting.say(
        `memory after ${(part + 1) * amount}: ${processes.map(({ name }, index) => `${name} ${after.at(-1)?.[index]?.toFixed(0) ?? ''}`).join(', ')}`,
      );
    }
    await sleep(restMs);
    const atRestAgain = observe();
    return processes.map(({ name }, index) => ({
      process: name,
      atRest: atRest[index] ?? NaN,
      after: after.map((each) => each[index] ?? NaN),
      atRestAgain: atRestAgain[index] ?? NaN,
    }));
  } finally {
    await stop();
  }
}

function sectionOf(operations: number, figures: readonly MemoryFigure[]): Section {
  const [half, all] = [operations / 2, operations].map((count) => count.toLocaleString('en'));
  return {
    text: [
      METHOD,
      table(
        ['process', 'MiB at rest', `after ${half}`, `after ${all}`, 'times', 'at rest again', 'times'],
        figures.map(({ process, atRest, after, atRestAgain }) => {
          const [middle, last] = [after[after.length / 2 - 1] ?? NaN, after.at(-1) ?? NaN];
          const [afterwards, again] = [last, atRestAgain].map((mebibytes) => (mebibytes / atRest).toFixed(2));
          return [
            process,
            ...[atRest, middle, last].map((mebibytes) => mebibytes.toFixed(0)),
            afterwards ?? '',
            atRestAgain.toFixed(0),
            again ?? '',
          ];
        }),
      ),
    ],
    results: {
      operations,
      // Objects: an array of numbers is what the formatter of this project writes in another way than JSON.stringify.
      figures: figures.map(({ process, atRest, after, atRestAgain }) => ({
        process,
        atRest,
        atRestAgain,
        after: after.map((mebibytes, part) => ({ operations: ((part + 1) * operations) / after.length, mebibytes })),
      })),
    },
    bars: [],
    failures: [],
  };
}

const METHOD = `Resident memory of each process after its first answer, and after operations of which no two are alike: their names and
aliases differ, every other one asks both subgraphs, and half of them have \`@include\` and \`@skip\` with variables, so that
plans of different shapes are kept; then again after a minute and a half without any, in which V8 collects what it has left
lying while there was more to do. The three services run on MariaDB and Redis; everything in one process is \`npm start\`. V8
has its default limits.`;
