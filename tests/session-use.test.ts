import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

describe('the last use of a session', () => {
  const MINUTE = 60_000;
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ replicas: [{}, {}] });
  });

  afterAll(async () => {
    await stack.close();
  });

  /** Uses the session once at every instance. */
  async function useEverywhere({ accessToken }: Person): Promise<void> {
    for (const client of stack.clients) expect((await client.withAccessToken(accessToken).me()).errors).toBeUndefined();
  }

  async function lastUseOf({ client }: Person): Promise<number> {
    const { data } = await client.mySessions({ first: 1 });
    return Date.parse(data?.me?.sessions?.nodes[0]?.lastUsedAt ?? '');
  }

  /** Asks until the use of the session has been noted, which happens in the background. */
  async function lastUseAfter(time: number, person: Person): Promise<number> {
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline) {
      const lastUse = await lastUseOf(person);
      if (lastUse > time) return lastUse;
    }
    throw new Error('the use was not noted');
  }

  /** The same person after a restart, which writes what has been noted. */
  async function afterRestart(person: Person): Promise<Person> {
    await stack.restart();
    return { ...person, client: stack.client.withAccessToken(person.accessToken) };
  }

  it('is noted once a minute, however often the access token is used, and is not lost by stopping', async () => {
    let ada = await registerSomebody(stack.client);
    const opened = await lastUseOf(ada);
    ada = await afterRestart(ada);
    expect(await lastUseOf(ada)).toBe(opened);

    stack.clock.advance(MINUTE + 1_000);
    const noted = await lastUseAfter(opened, ada);
    expect(noted - opened).toBeGreaterThan(MINUTE);

    stack.clock.advance(MINUTE / 2);
    await useEverywhere(ada);
    ada = await afterRestart(ada);
    expect(await lastUseOf(ada)).toBe(noted);

    stack.clock.advance((2 * MINUTE) / 3);
    await useEverywhere(ada);
    ada = await afterRestart(ada);
    expect(await lastUseOf(ada)).toBeGreaterThan(noted);
  });

  it('is noted once a minute by all instances together', async () => {
    let ada = await registerSomebody(stack.client);
    const opened = await lastUseOf(ada);
    stack.clock.advance(MINUTE + 1_000);
    const noted = await lastUseAfter(opened, ada);
    for (const client of stack.clients) {
      // Long enough for those that have noted it to do so again.
      stack.clock.advance(15_000);
      expect((await client.withAccessToken(ada.accessToken).me()).errors).toBeUndefined();
    }
    ada = await afterRestart(ada);
    expect(await lastUseOf(ada)).toBe(noted);
  });

  it('is written once a minute, however many requests there are at however many instances', async () => {
    await stack.sql('auth', 'CREATE TABLE session_writes (session_id VARCHAR(64))');
    const insert = 'INSERT INTO session_writes VALUES (NEW.id)';
    await stack.sql('auth', `CREATE TRIGGER note_writes AFTER UPDATE ON sessions FOR EACH ROW BEGIN ${insert}; END`);
    let ada = await registerSomebody(stack.client);
    const sessionId = (await ada.client.validateToken()).data?.validateToken.sessionId ?? '';
    const writes = async (): Promise<number> =>
      (await stack.sql('auth', 'SELECT 1 FROM session_writes WHERE session_id = ?', [sessionId])).length;
    for (let minute = 1; minute <= 3; minute += 1) {
      stack.clock.advance(MINUTE);
      // Each time long enough after the last that an instance would note it again.
      for (let time = 1; time <= 5; time += 1) {
        await Promise.all(Array.from({ length: 5 }, () => useEverywhere(ada)));
        stack.clock.advance(11_000);
      }
      ada = await afterRestart(ada);
      expect({ minute, writes: await writes() }).toEqual({ minute, writes: minute });
    }
    await stack.sql('auth', 'DROP TRIGGER note_writes');
    await stack.sql('auth', 'DROP TABLE session_writes');
  });

  it('is noted once a minute by refreshes as well, however many there are', async () => {
    const ada = await registerSomebody(stack.client);
    const opened = await lastUseOf(ada);
    let { refreshToken } = ada;
    const lastUseAfterRefresh = async (seconds: number) => {
      stack.clock.advance(seconds * 1_000);
      const { data } = await stack.client.refreshSession({ input: { refreshToken } });
      refreshToken = data?.refreshSession.tokens?.refreshToken ?? '';
      return lastUseOf(ada);
    };
    expect(await lastUseAfterRefresh(20)).toBe(opened);
    expect(await lastUseAfterRefresh(20)).toBe(opened);
    const noted = await lastUseAfterRefresh(21);
    expect(noted - opened).toBeGreaterThan(MINUTE);
    expect(await lastUseAfterRefresh(20)).toBe(noted);
  });

  it('is noted for many at the same time, and for nobody else', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => registerSomebody(stack.client)));
    const before = await Promise.all(people.map(lastUseOf));
    const [, ...used] = people;
    stack.clock.advance(2.5 * MINUTE);
    await Promise.all(used.map(({ client }) => client.me()));
    await stack.restart();
    // Whoever asks shows what was known before.
    const again = people.map((person) => ({ ...person, client: stack.client.withAccessToken(person.accessToken) }));
    const after = await Promise.all(again.map(lastUseOf));
    const differences = after.map((time, index) => Math.floor((time - (before[index] ?? 0)) / MINUTE));
    expect(differences).toEqual([0, ...used.map(() => 2)]);
  });
});
