import { connectDatabase } from '@identity/database/connect';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { isInProcessList } from './harness/process-list.js';
import { stackName } from './harness/stack-name.js';
import { type Scene, startScene } from './harness/stopping-scene.js';
import { createPlainFetch } from './torture/plain-fetch.js';

// Starting everything takes long on a busy machine.
jest.setTimeout(120_000);

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
});

afterAll(() => scene.close());

/** A mutation that is under way when its service is told to stop. */
interface LastWords {
  readonly service: 'auth' | 'users';
  /** What they write to. */
  readonly table: string;
  readonly query: string;
  readonly answer: unknown;
  /** Finds what they have written. */
  readonly written: string;
}

const registration = (username: string): string =>
  `mutation { register(input: { username: "${username}", email: "${username}@example.com", password: "a quiet harbour at dawn" })
    { tokens { accessToken } userErrors { code } } }`;

const LAST_WORDS: readonly LastWords[] = [
  {
    service: 'users',
    table: 'profiles',
    query: 'mutation { updateProfile(input: { bio: "the last words" }) { userErrors { code } } }',
    answer: { updateProfile: { userErrors: [] } },
    written: "SELECT bio FROM profiles WHERE bio = 'the last words'",
  },
  {
    service: 'auth',
    table: 'accounts',
    query: registration('bob'),
    answer: { register: { tokens: { accessToken: expect.any(String) }, userErrors: [] } },
    written: "SELECT username FROM accounts WHERE username = 'bob'",
  },
];

it.each(LAST_WORDS)('$service, told to stop, answers what is under way, and closes its database last', async (last) => {
  const { headers } = scene;
  const { part, url, letGo } = scene[last.service];
  const send = createPlainFetch();
  const statusOf = async (path: string) => (await send(`${url}${path}`, {}).catch(() => null))?.status ?? 'gone';
  const { text } = await sendGraphql(scene.auth.url, { query: registration(`${last.service}-ada`), headers }, send);
  const [, token = ''] = /"accessToken":"([^"]+)"/.exec(text) ?? [];

  const databaseUrl = scene.databaseUrls[last.service];
  const database = await connectDatabase({ url: databaseUrl });
  const isServer = database.dialect === 'mysql';
  let ended: Promise<number | null> | undefined;
  let answered: Promise<unknown> | undefined;
  await database.transaction(async (transaction) => {
    // On SQLite, the transaction alone keeps everybody else from writing.
    if (isServer) await database.sequelize.query(`LOCK TABLES ${last.table} WRITE`, { transaction });
    answered = sendGraphql(url, { query: last.query, headers: { ...headers, ...bearer(token) } }, send).then(
      ({ data }) => {
        letGo.push('client');
        return data;
      },
    );
    await eventually('the last words are under way', () =>
      isServer
        ? isInProcessList(database, `%${last.table}%`)
        : // Answered to somebody who came later.
          statusOf('/health/ready').then((status) => status === 200),
    );
    ended = part.terminate();
    await eventually('it is not ready', async () => (await statusOf('/health/ready')) === 503);
    await eventually('it does not listen any more', async () => (await statusOf('/health/live')) === 'gone');
    expect(letGo.splice(0)).not.toContain('client');
    if (isServer) await database.sequelize.query('UNLOCK TABLES', { transaction });
  });
  await database.close();

  expect(await answered).toEqual(last.answer);
  expect(await ended).toBe(0);
  // By the last of each: a connection that has been silent for long may have gone at any time.
  const order = [...new Set(letGo.toReversed())].toReversed();
  // Nobody sees from outside how one process closes its own files.
  expect(order).toEqual(stackName() === 'embedded' ? ['client'] : ['client', 'Redis', 'database']);
  const afterwards = await connectDatabase({ url: databaseUrl });
  expect((await afterwards.sequelize.query(last.written))[0]).toHaveLength(1);
  await afterwards.close();

  await part.start();
  letGo.splice(0);
});
