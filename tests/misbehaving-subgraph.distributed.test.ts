import { readFile } from 'node:fs/promises';
import { createClient } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import {
  startMisbehavingSubgraph,
  type Misbehaviour,
  type MisbehavingSubgraph,
} from './harness/misbehaving-subgraph.js';
import { registerSomebody, type Person } from './harness/people.js';
import { createPlainFetch } from './torture/plain-fetch.js';
import { startWorld, type World } from './torture/worlds.js';

jest.setTimeout(60_000);

const ACROSS_BOTH = '{ me { username profile { bio } } }';
/** Two seconds are promised; the rest is for a machine that has other work. */
const ANSWERED_WITHIN_MS = 2_900;
const AT_ONCE = 5;
const MAX_MEMORY_GROWTH_MIB = 200;

// Processes with default timeouts: Users is a program that does not do what a subgraph has to.
describe('a subgraph that misbehaves', () => {
  let world: World;
  let users: MisbehavingSubgraph;
  let ada: Person;
  const fetchByItself = createPlainFetch();

  beforeAll(async () => {
    users = await startMisbehavingSubgraph();
    world = await startWorld({ environment: { SUBGRAPH_URL_USERS: users.url } });
    ada = await registerSomebody(createClient({ url: `${world.gatewayUrl}/graphql` }));
    await ask('{ me { username } }');
  });

  afterAll(async () => {
    await world.close();
    users.close();
  });

  async function ask(query: string) {
    const startedAt = performance.now();
    const request = { query, headers: bearer(ada.accessToken) };
    const { status, data, errors } = await sendGraphql(world.gatewayUrl, request, fetchByItself);
    return { status, data, errors: summaryOf(errors), took: performance.now() - startedAt };
  }

  /** In MiB: what it takes at the moment (`VmRSS`), or has taken at most (`VmHWM`). */
  async function memoryOfGateway(what: 'VmRSS' | 'VmHWM'): Promise<number> {
    const { pid } = world.services.find(({ name }) => name === 'gateway') ?? { pid: 0 };
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
  }

  it.each<Misbehaviour>([
    'garbage',
    'a page with status 500',
    'other JSON with status 500',
    'the wrong content type',
    'a redirect',
    'half a body',
    'a gibibyte',
    'a body without an end',
    'a byte at a time',
    'too late',
    'nothing',
  ])('answers %s: the rest is there in time', async (misbehaviour) => {
    await users.behave(misbehaviour);
    const { took, ...answer } = await ask(ACROSS_BOTH);
    expect(answer).toEqual({
      status: 200,
      data: { me: { username: ada.username, profile: null } },
      errors: ['me.profile SERVICE_UNAVAILABLE'],
    });
    expect(took).toBeLessThan(ANSWERED_WITHIN_MS);
    const { requests, strays } = await users.received();
    // What is not answered at all may be sent once more, as long as it is no mutation.
    expect(requests).toBeLessThanOrEqual(2);
    expect(strays).toBe(0);
    expect((await fetchByItself(`${world.gatewayUrl}/health/live`, {})).status).toBe(200);
    expect((await fetchByItself(`${world.gatewayUrl}/health/ready`, {})).status).toBe(200);
  });

  it.each<Misbehaviour>(['garbage', 'half a body', 'a redirect'])(
    'answers %s to a mutation: it is sent once',
    async (misbehaviour) => {
      await users.behave(misbehaviour);
      const { errors } = await ask('mutation { updateProfile(input: { bio: "once" }) { user { id } } }');
      expect(errors).toEqual(['updateProfile SERVICE_UNAVAILABLE']);
      expect(await users.received()).toEqual({ requests: 1, strays: 0 });
    },
  );

  it.each<Misbehaviour>(['a gibibyte', 'a body without an end'])(
    'answers %s to several at once: no more than a little of it is kept',
    async (misbehaviour) => {
      const before = await memoryOfGateway('VmRSS');
      await users.behave(misbehaviour);
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(ACROSS_BOTH)));
      for (const { errors, took } of answers) {
        expect(errors).toEqual(['me.profile SERVICE_UNAVAILABLE']);
        expect(took).toBeLessThan(ANSWERED_WITHIN_MS);
      }
      expect((await memoryOfGateway('VmHWM')) - before).toBeLessThan(MAX_MEMORY_GROWTH_MIB);
    },
  );

  it('answers nothing to several mutations in turn: the time of a request bounds them all', async () => {
    await users.behave('nothing');
    const names = ['a', 'b', 'c', 'd'];
    const fields = names.map((name, index) =>
      index % 2 === 0
        ? `${name}: updateProfile(input: { bio: "" }) { user { id } }`
        : `${name}: revokeSession(input: { sessionId: "session_01h455vb4pex5vsknk084sn02q" }) { userErrors { code } }`,
    );
    const { errors, took } = await ask(`mutation { ${fields.join(' ')} }`);
    expect(errors).toEqual(expect.arrayContaining(['a SERVICE_UNAVAILABLE', 'c SERVICE_UNAVAILABLE']));
    expect(took).toBeLessThan(ANSWERED_WITHIN_MS);
    expect((await users.received()).requests).toBeLessThanOrEqual(2);
  });

  it('ends no process', () => {
    expect(world.services.flatMap(({ crashes }) => crashes)).toEqual([]);
  });
});
