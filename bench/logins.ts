import { mkdtemp } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { median, percentile } from './figures.js';
import type { Part, Section } from './part.js';
import { runPeer } from './peer-process.js';
import { startEmbedded } from './stacks/embedded.js';
import { logIn, seededUsername, seedPeople } from './stacks/seeding.js';
import { doInLanes, ratePerSecond, startSteadyLoad } from './steady-load.js';
import { ofRounds, table } from './tables.js';
import { ask, isRight } from './targets.js';

const CORES = availableParallelism();
const COST = 12;
/** More than are hashed at once, so that there is always one that waits. */
const LANES = 3 * CORES;
const ME_PER_SECOND = 20;
/** A machine that is busy otherwise makes logins wait: none is to be turned away. */
const SETTINGS = {
  BCRYPT_COST: String(COST),
  PASSWORD_HASH_MAX_WAIT_MS: '20000',
  SUBGRAPH_TIMEOUT_MS: '20000',
  DATABASE_TIMEOUT_MS: '10000',
} as const;
const FULL = { people: 10_000, amount: 60 * CORES, rounds: 5 } as const;
const SMOKE = { people: 50, amount: 3 * CORES, rounds: 1 } as const;

/** What a round has shown. */
interface LoginRound {
  /** What bcrypt alone does. */
  readonly comparesPerSecond: number;
  readonly loginsPerSecond: number;
  /** Of `me` beside the logins. */
  readonly meP99Ms: number;
}

/** W3: logins beside the machine's limit, and what others notice of them. */
export const LOGINS: Part = {
  name: 'logins',
  title: 'W3: logins',
  names: ['w3'],

  async run(_wanted, { folder, smoke, say }) {
    const { people, amount, rounds: count } = smoke ? SMOKE : FULL;
    const dataFolder = await mkdtemp(join(folder, 'logins-'));
    const password = await seedPeople(people, { DATA_DIR: dataFolder, BCRYPT_COST: String(COST) });
    const stack = await startEmbedded(dataFolder, folder, SETTINGS);
    try {
      const me = await meOf(stack.url, password);
      await doInLanes(CORES, CORES, async () => {
        await logIn(stack.url, seededUsername(0), password);
      });
      const rounds: LoginRound[] = [];
      for (let round = 0; round < count; round += 1) {
        const comparesPerSecond = await limitOfMachine(amount);
        const beside = startSteadyLoad(ME_PER_SECOND, me);
        const times = await doInLanes(amount, LANES, async (number) => {
          // Another person each time: nobody's own limit of logins is met.
          await logIn(stack.url, seededUsername((round * amount + number) % people), password);
        });
        const meP99Ms = percentile(await beside.stop(), 0.99);
        rounds.push({ comparesPerSecond, loginsPerSecond: ratePerSecond(times, CORES), meP99Ms });
        say(`w3 ${round + 1}/${count}: ${JSON.stringify(rounds.at(-1))}`);
      }
      return sectionOf(rounds);
    } finally {
      await stack.stop();
    }
  },
};

/** How many passwords a second bcrypt compares in a process of its own. */
async function limitOfMachine(amount: number): Promise<number> {
  const task = { amount, cost: COST, lanes: LANES };
  const times = (await runPeer('bcrypt-limit.js', task, { UV_THREADPOOL_SIZE: String(CORES) })).get('times');
  if (!Array.isArray(times)) throw new Error('the limit was not measured');
  return ratePerSecond(times.map(Number), CORES);
}

/** Asks as somebody who has logged in, and looks at the answer. */
async function meOf(url: string, password: string): Promise<() => Promise<void>> {
  const { id, accessToken } = await logIn(url, seededUsername(1), password);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
  const question = { query: '{ me { id } }', data: { me: { id } } };
  return async () => {
    const answer = await ask({ url, headers }, question);
    if (!isRight(answer, question)) throw new Error(`a wrong answer: ${answer.slice(0, 300)}`);
  };
}

function sectionOf(rounds: readonly LoginRound[]): Section {
  const comparesPerSecond = median(rounds.map((round) => round.comparesPerSecond));
  const loginsPerSecond = median(rounds.map((round) => round.loginsPerSecond));
  const meP99Ms = median(rounds.map((round) => round.meP99Ms));
  const share = loginsPerSecond / comparesPerSecond;
  return {
    text: [
      METHOD,
      `At cost ${COST}, ${ofRounds(rounds.length)} by turns.`,
      table(
        ['bcrypt alone per s', 'logins per s', 'share of the limit', '`me` p99 ms'],
        [
          [
            comparesPerSecond.toFixed(2),
            loginsPerSecond.toFixed(2),
            `${(share * 100).toFixed(1)} %`,
            meP99Ms.toFixed(0),
          ],
        ],
      ),
    ],
    results: { cost: COST, comparesPerSecond, loginsPerSecond, share: share * 100, meP99Ms, rounds },
    bars: [],
    failures: [],
  };
}

const METHOD = `What bounds logins is bcrypt. Its limit on this machine is measured by \`bcrypt.compare\` on all cores, in a process that does
nothing else. Logins go through the whole one process of \`npm start\`, three times as many at once as there are cores, each of
another account; beside them somebody asks for \`me\` ${ME_PER_SECOND} times a second, and each answer is timed from the moment at
which its request was due.`;
