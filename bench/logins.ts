import { mkdtemp } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { median, percentile } from './figures.js';
import { logInLightly, meOf } from './login-load.js';
import type { Part, Section } from './part.js';
import { runPeer } from './peer-process.js';
import { startEmbedded } from './stacks/embedded.js';
import { seededUsername, seedPeople } from './stacks/seeding.js';
import { besideSteadyLoad, doInLanes, ratePerSecond } from './steady-load.js';
import { ofRounds, table } from './tables.js';

const CORES = availableParallelism();
/** More than are hashed at once, so that there is always one that waits. */
const LANES = 3 * CORES;
const ME_PER_SECOND = 20;
/** A machine that is busy otherwise makes logins wait: none is to be turned away. */
const PATIENCE = {
  PASSWORD_HASH_MAX_WAIT_MS: '20000',
  SUBGRAPH_TIMEOUT_MS: '20000',
  DATABASE_TIMEOUT_MS: '10000',
} as const;
const FULL = { cost: 12, people: 10_000, amount: 60 * CORES, rounds: 5 } as const;
/** The lowest cost that production takes. */
const SMOKE = { cost: 10, people: 20, amount: 3 * CORES, rounds: 1 } as const;

/** What a round has shown. */
interface LoginRound {
  /** What bcrypt alone does. */
  readonly comparesPerSecond: number;
  readonly loginsPerSecond: number;
  /** The logins by what bcrypt alone does, in percent. */
  readonly share: number;
  readonly slowestLoginMs: number;
  /** What sending the load took of the processor time of all cores, in percent: no login can have it. */
  readonly sendingShare: number;
  /** Of `me` beside the logins. */
  readonly meP99Ms: number;
}

/** W3: logins beside the machine's limit, and what others notice of them. */
export const LOGINS: Part = {
  name: 'logins',
  title: 'W3: logins',
  names: ['w3'],

  async run(_wanted, { folder, smoke, say }) {
    const { cost, people, amount, rounds: count } = smoke ? SMOKE : FULL;
    const dataFolder = await mkdtemp(join(folder, 'logins-'));
    const BCRYPT_COST = String(cost);
    const password = await seedPeople(people, { DATA_DIR: dataFolder, BCRYPT_COST });
    const stack = await startEmbedded(dataFolder, folder, { BCRYPT_COST, ...PATIENCE });
    try {
      const me = await meOf(stack.url, password);
      // Another person each time: nobody's own limit of logins is met.
      let next = 2;
      const logins = (how: number) =>
        besideSteadyLoad(ME_PER_SECOND, me, () =>
          doInLanes(how, LANES, async () => {
            next += 1;
            await logInLightly(stack.url, seededUsername(next % people), password);
          }),
        );
      await logins(2 * LANES);
      const rounds: LoginRound[] = [];
      for (let round = 1; round <= count; round += 1) {
        const comparesPerSecond = await limitOfMachine(amount, cost);
        const shareSince = ownShare();
        const { result, latencies } = await logins(amount);
        const sendingShare = shareSince();
        const loginsPerSecond = ratePerSecond(
          result.map(({ doneAt }) => doneAt),
          CORES,
        );
        rounds.push({
          comparesPerSecond,
          loginsPerSecond,
          share: (loginsPerSecond / comparesPerSecond) * 100,
          sendingShare,
          slowestLoginMs: Math.max(...result.map(({ tookMs }) => tookMs)),
          meP99Ms: percentile(latencies, 0.99),
        });
        say(`w3 ${round}/${count}: ${JSON.stringify(rounds.at(-1))}`);
      }
      return sectionOf(cost, rounds);
    } finally {
      await stack.stop();
    }
  },
};

/** How many passwords a second bcrypt compares in a process of its own. */
async function limitOfMachine(amount: number, cost: number): Promise<number> {
  const task = { amount, cost, lanes: LANES };
  const times = (await runPeer('bcrypt-limit.js', task, { UV_THREADPOOL_SIZE: String(CORES) })).get('times');
  if (!Array.isArray(times)) throw new Error('the limit was not measured');
  return ratePerSecond(times.map(Number), CORES);
}

/** @returns what tells which part of all cores this process has used since, in percent. */
function ownShare(): () => number {
  const from = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return ((user + system) / 1_000 / (performance.now() - from) / CORES) * 100;
  };
}

function sectionOf(cost: number, rounds: readonly LoginRound[]): Section {
  const medianOf = (figure: keyof LoginRound): number => median(rounds.map((round) => round[figure]));
  return {
    text: [
      METHOD,
      `At cost ${cost}, ${ofRounds(rounds.length)} by turns; the share is that of each round.`,
      table(
        [
          'bcrypt alone per s',
          'logins per s',
          'share of the limit',
          'sending takes',
          'slowest login ms',
          '`me` p99 ms',
        ],
        [
          [
            medianOf('comparesPerSecond').toFixed(2),
            medianOf('loginsPerSecond').toFixed(2),
            `${medianOf('share').toFixed(1)} %`,
            `${medianOf('sendingShare').toFixed(1)} %`,
            medianOf('slowestLoginMs').toFixed(0),
            medianOf('meP99Ms').toFixed(0),
          ],
        ],
      ),
    ],
    results: {
      cost,
      share: medianOf('share'),
      sendingShare: medianOf('sendingShare'),
      meP99Ms: medianOf('meP99Ms'),
      rounds,
    },
    bars: [],
    failures: [],
  };
}

const METHOD = `What bounds logins is bcrypt. Its limit on this machine is measured by \`bcrypt.compare\` on all cores, in a process that does
nothing else. Logins go through the whole one process of \`npm start\`, three times as many at once as there are cores, each of
another account; beside them somebody asks for \`me\` ${ME_PER_SECOND} times a second, and each answer is timed from the moment at
which its request was due. A failed login or a failed \`me\` fails the run. To send all that takes processor time of the same
machine, of all cores together as much as is told, and belongs to no login.

Three settings are not the defaults: ${Object.entries(PATIENCE)
  .map(([name, value]) => `\`${name}=${value}\``)
  .join(', ')}.
A machine that is busy otherwise makes logins wait for seconds, and all of them are to be counted; where the slowest one took
less than 2 s, the defaults would have turned none away.`;
