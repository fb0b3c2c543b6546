import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { barsOf, failuresOf, figuresOf } from './figures.js';
import type { Part, Section, Setting } from './part.js';
import { runSideBySide, type Entrant, type Outcome } from './run.js';
import { startEmbedded } from './stacks/embedded.js';
import { logIn, seededUsername, seedPeople } from './stacks/seeding.js';
import { startServers, type Servers } from './stacks/servers.js';
import { startServices } from './stacks/services.js';
import { accountId } from './stacks/sql.js';
import type { Stack } from './stacks/stack.js';
import { startStock } from './stacks/stock.js';
import { ofRounds, wholeStackTable } from './tables.js';
import type { Question } from './targets.js';
import { signWithSecret, subjectOf } from './token.js';

const FULL = { people: 1_000, starts: 1, warmUp: { duration: 10 }, round: { duration: 4 }, rounds: 5 } as const;
const SMOKE = { people: 20, starts: 1, warmUp: { amount: 40 }, round: { amount: 40 }, rounds: 1 } as const;
const QUERY = '{ me { id username email profile { bio avatarUrl } } }';
const WORKLOAD = 'me';
const TITLE = 'W4 and W5: whole stacks';
const VIEWER = seededUsername(7);

/** W4 and W5: whole stacks, databases and all, beside what a team gets by following the documentation. */
export const WHOLE_STACKS: Part = {
  name: 'wholeStacks',
  title: TITLE,
  names: ['w4', 'w5'],

  async run(wanted, setting) {
    const { people, ...extents } = setting.smoke ? SMOKE : FULL;
    const plan = { workloads: [WORKLOAD], ...extents };
    const servers = await startServers(setting.folder);
    try {
      const password = await seedPeople(people, servers.environment);
      const ours = [servicesOn(servers, password, setting), embedded(people, setting)];
      const entrants = [
        stockOn(servers, setting),
        ...ours.filter(({ name }) => wanted.some((each) => name.startsWith(each.toUpperCase()))),
      ];
      return sectionOf(await runSideBySide(entrants, plan, setting.say), plan.rounds);
    } finally {
      await servers.stop();
    }
  },
};

function servicesOn(servers: Servers, password: string, { folder }: Setting): Entrant {
  return entrant('W4: this project, three processes', true, async () => {
    const stack = await startServices(servers, folder);
    return { stack, token: await logInTo(stack, password) };
  });
}

function embedded(people: number, { folder }: Setting): Entrant {
  return entrant('W5: this project, one process', true, async () => {
    const dataFolder = await mkdtemp(join(folder, 'embedded-'));
    const password = await seedPeople(people, { DATA_DIR: dataFolder });
    const stack = await startEmbedded(dataFolder, folder);
    return { stack, token: await logInTo(stack, password) };
  });
}

function stockOn(servers: Servers, { folder }: Setting): Entrant {
  return entrant('stock arrangement', false, async () => {
    const id = await accountId(servers.databaseUrls.auth, VIEWER);
    const secret = randomBytes(32).toString('base64');
    const stack = await startStock(servers, secret, folder);
    return { stack, token: signWithSecret(id, secret) };
  });
}

interface Entered {
  readonly stack: Stack;
  readonly token: string;
}

function entrant(name: string, ours: boolean, enter: () => Promise<Entered>): Entrant {
  return {
    name,
    version: null,
    ours,
    async start() {
      const began = performance.now();
      const { stack, token } = await enter();
      return {
        target: {
          url: stack.url,
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          pids: stack.processes.map(({ pid }) => pid),
        },
        startMs: performance.now() - began,
        question: () => questionOf(subjectOf(token)),
        stop: () => stack.stop(),
      };
    },
  };
}

async function logInTo(stack: Stack, password: string): Promise<string> {
  try {
    return (await logIn(stack.url, VIEWER, password)).accessToken;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** What seeded people look like follows from their id. */
function questionOf(id: string): Question {
  const profile = {
    bio: `Likes long walks; known as ${id.slice(-8)}.`,
    avatarUrl: `https://avatars.example.com/${id}.png`,
  };
  return { query: QUERY, data: { me: { id, username: VIEWER, email: `${VIEWER}@example.com`, profile } } };
}

function sectionOf(outcomes: readonly Outcome[], rounds: number): Section {
  const figures = figuresOf(WORKLOAD, outcomes);
  return {
    text: [METHOD, `\`${QUERY}\`, ${ofRounds(rounds)} by turns.`, wholeStackTable(figures)],
    results: { query: QUERY, figures },
    bars: [barsOf(TITLE, figures)],
    failures: failuresOf(outcomes),
  };
}

const METHOD = `The same person, with the same data in real databases, is answered by the gateway and both subgraphs of each stack; CPU is
that of all of them together. This project runs as three processes on MariaDB and Redis (W4), and as the one process of
\`npm start\` on SQLite (W5). The _stock arrangement_ is what a team gets by following documentation: the stock gateway
with \`startStandaloneServer\`, two stock subgraphs of \`@apollo/subgraph\` and Sequelize's models on the same MariaDB and
tables, which look for each token in a blacklist in Redis and verify it by \`jsonwebtoken\` with a secret that is a string, on
each request (\`peers/stock-arrangement\`). It limits, measures and logs nothing.`;
