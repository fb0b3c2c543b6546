import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { setMisbehavingScene, type MisbehavingScene } from './harness/misbehaving-scene.js';
import type { Misbehaviour } from './harness/misbehaving-subgraph.js';

jest.setTimeout(60_000);

const ACROSS_BOTH = '{ me { username profile { bio } } }';
/** Two seconds are promised; the rest is for a machine that has other work. */
const ANSWERED_WITHIN_MS = 2_900;
const AT_ONCE = 5;
const MAX_MEMORY_GROWTH_MIB = 200;

describe('a subgraph that misbehaves', () => {
  let scene: MisbehavingScene;

  beforeAll(async () => {
    scene = await setMisbehavingScene();
    await scene.ask('{ me { username } }');
  });

  afterAll(async () => {
    await scene.close();
  });

  /** In MiB: what it takes at the moment (`VmRSS`), or has taken at most (`VmHWM`). */
  async function memoryOfGateway(what: 'VmRSS' | 'VmHWM'): Promise<number> {
    const { pid } = scene.world.services.find(({ name }) => name === 'gateway') ?? { pid: 0 };
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
    await scene.users.behave(misbehaviour);
    const { took, ...answer } = await scene.ask(ACROSS_BOTH);
    expect(answer).toEqual({
      status: 200,
      data: { me: { username: scene.ada.username, profile: null } },
      errors: ['me.profile SERVICE_UNAVAILABLE'],
    });
    expect(took).toBeLessThan(ANSWERED_WITHIN_MS);
    const { requests, strays } = await scene.users.received();
    // What is not answered at all may be sent once more, as long as it is no mutation.
    expect(requests).toBeLessThanOrEqual(2);
    expect(strays).toBe(0);
    expect((await scene.fetchByItself(`${scene.world.gatewayUrl}/health/live`, {})).status).toBe(200);
    expect((await scene.fetchByItself(`${scene.world.gatewayUrl}/health/ready`, {})).status).toBe(200);
  });

  it.each<Misbehaviour>(['garbage', 'half a body', 'a redirect'])(
    'answers %s to a mutation: it is sent once',
    async (misbehaviour) => {
      await scene.users.behave(misbehaviour);
      const { errors } = await scene.ask('mutation { updateProfile(input: { bio: "once" }) { user { id } } }');
      expect(errors).toEqual(['updateProfile SERVICE_UNAVAILABLE']);
      expect(await scene.users.received()).toEqual({ requests: 1, strays: 0 });
    },
  );

  it.each<Misbehaviour>(['a gibibyte', 'a body without an end'])(
    'answers %s to several at once: no more than a little of it is kept',
    async (misbehaviour) => {
      const before = await memoryOfGateway('VmRSS');
      await scene.users.behave(misbehaviour);
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => scene.ask(ACROSS_BOTH)));
      for (const { errors, took } of answers) {
        expect(errors).toEqual(['me.profile SERVICE_UNAVAILABLE']);
        expect(took).toBeLessThan(ANSWERED_WITHIN_MS);
      }
      expect((await memoryOfGateway('VmHWM')) - before).toBeLessThan(MAX_MEMORY_GROWTH_MIB);
    },
  );

  it('answers nothing to several mutations in turn: the time of a request bounds them all', async () => {
    await scene.users.behave('nothing');
    const names = ['a', 'b', 'c', 'd'];
    const fields = names.map((name, index) =>
      index % 2 === 0
        ? `${name}: updateProfile(input: { bio: "" }) { user { id } }`
        : `${name}: revokeSession(input: { sessionId: "session_01h455vb4pex5vsknk084sn02q" }) { userErrors { code } }`,
    );
    const { errors, took } = await scene.ask(`mutation { ${fields.join(' ')} }`);
    expect(errors).toEqual(expect.arrayContaining(['a SERVICE_UNAVAILABLE', 'c SERVICE_UNAVAILABLE']));
    expect(took).toBeLessThan(ANSWERED_WITHIN_MS);
    expect((await scene.users.received()).requests).toBeLessThanOrEqual(2);
  });

  it('ends no process', () => {
    expect(scene.world.services.flatMap(({ crashes }) => crashes)).toEqual([]);
  });
});
