import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from '@identity/client/client';
import { afterEach, describe, expect, it } from '@jest/globals';
import { expectCountedTogether } from './harness/counted-together.js';
import { logInAgain, registerSomebody } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

/** Longer than any test lasts. */
const WINDOW_SECONDS = 600;

let stack: TestStack;

afterEach(async () => {
  await stack.close();
});

async function startWith(environment: Readonly<Record<string, string>>): Promise<void> {
  stack = await startStack({ environment: { TRUSTED_PROXY_HOPS: '1', ...environment } });
}

let networks = 0;

/** An address that nobody has had before. */
function newAddress(): string {
  networks += 1;
  return `192.0.2.${networks}`;
}

/** The proxy before the gateway tells the address. */
function clientAt(address: string): Client {
  const headers = { 'x-forwarded-for': address };
  return createClient({ url: `${stack.services.gateway.url}/graphql`, headers });
}

interface Answer {
  readonly errors?:
    readonly { readonly extensions: { readonly code: string; readonly retryAfter?: unknown } }[] | undefined;
}

/** The seconds after which to try again; null when the answer was not refused. */
function retryAfterOf({ errors = [] }: Answer): number | null {
  expect(errors.filter(({ extensions: { code } }) => code !== 'RATE_LIMITED')).toEqual([]);
  const [first] = errors;
  if (first === undefined) return null;
  const { retryAfter } = first.extensions;
  if (!Number.isInteger(retryAfter) || Number(retryAfter) < 1) throw new Error(`retryAfter: ${String(retryAfter)}`);
  return Number(retryAfter);
}

/** Does it that often, and tells which times were refused. */
async function refusalsOf(times: number, work: () => Promise<Answer>): Promise<readonly number[]> {
  const refused: number[] = [];
  for (let time = 1; time <= times; time += 1) if (retryAfterOf(await work()) !== null) refused.push(time);
  return refused;
}

const login = (client: Client, identifier: string, password = 'not the password') =>
  client.login({ input: { identifier, password } });

describe('registrations from one network', () => {
  it('are limited, whether they succeed or not, and only from there', async () => {
    await startWith({ LIMIT_REGISTER_NETWORK: `3/${WINDOW_SECONDS}` });
    await expectCountedTogether(stack, async () => {
      const here = clientAt(newAddress());
      const person = await registerSomebody(here);
      const taken = () =>
        here.register({ input: { username: 'ada', email: person.email, password: 'window seat 42 B' } });
      expect((await taken()).data?.register.userErrors).toMatchObject([{ code: 'EMAIL_TAKEN' }]);
      expect(await refusalsOf(3, taken)).toEqual([2, 3]);
      await registerSomebody(clientAt(newAddress()));
    });
  });
});

describe('what comes from the networks of one customer', () => {
  /** Does it in networks of 64 bits, as many of each of 56, until one of them refuses; returns how often it was done. */
  async function timesIn(site: string, work: (client: Client) => Promise<Answer>, networks: number): Promise<number[]> {
    const done: number[] = [];
    for (const wider of ['aa', 'bb', 'cc', 'dd', 'ee']) {
      const clients = Array.from({ length: networks }, (_unused, index) => clientAt(`${site}:${wider}0${index}::1`));
      const refused = await Promise.all(clients.map(async (client) => retryAfterOf(await work(client)) !== null));
      done.push(refused.filter((each) => !each).length);
    }
    return done;
  }

  it('is limited together as well, by 56 and by 48 bits of an IPv6 address, and allows more', async () => {
    await startWith({ LIMIT_LOGIN_NETWORK: `1/${WINDOW_SECONDS}`, LIMIT_REGISTER_NETWORK: `1/${WINDOW_SECONDS}` });
    await expectCountedTogether(stack, async () => {
      networks += 1;
      const site = `2001:db8:${networks.toString(16)}`;
      const { username, password } = await registerSomebody(clientAt(newAddress()));
      expect(await timesIn(site, (client) => login(client, 'nobody'), 6)).toEqual([4, 4, 4, 4, 0]);
      expect(retryAfterOf(await login(clientAt(`${site}:ff00::1`), username, password))).not.toBeNull();
      expect(retryAfterOf(await login(clientAt(`2001:db8:ffff:${networks}::1`), username, password))).toBeNull();
      const taken = (client: Client) =>
        client.register({ input: { username, email: 'not one', password: 'window seat 42 B' } });
      expect(await timesIn(site, taken, 6)).toEqual([4, 4, 4, 4, 0]);
    });
  });
});

describe('refreshes', () => {
  const refresh = (client: Client, refreshToken: string) => client.refreshSession({ input: { refreshToken } });

  it('with tokens that were made up are limited by network, and stop no genuine one from there', async () => {
    await startWith({ LIMIT_REFRESH_NETWORK: `2/${WINDOW_SECONDS}` });
    await expectCountedTogether(stack, async () => {
      const here = clientAt(newAddress());
      const people = await Promise.all(Array.from({ length: 3 }, () => registerSomebody(here)));
      expect(await refusalsOf(4, () => refresh(here, 'made-up'))).toEqual([3, 4]);
      expect(await refusalsOf(1, () => refresh(here, 'x'.repeat(1_000)))).toEqual([1]);
      for (const { refreshToken } of people)
        expect((await refresh(here, refreshToken)).data?.refreshSession.userErrors).toEqual([]);
      expect(retryAfterOf(await refresh(clientAt(newAddress()), 'made-up'))).toBeNull();
    });
  });

  it('with genuine tokens are limited by session, wherever they come from', async () => {
    await startWith({ LIMIT_REFRESH_NETWORK: `2/${WINDOW_SECONDS}` });
    await expectCountedTogether(stack, async () => {
      let { refreshToken } = await registerSomebody(stack.client);
      const anywhere = async () => {
        const answer = await refresh(clientAt(newAddress()), refreshToken);
        refreshToken = answer.data?.refreshSession.tokens?.refreshToken ?? refreshToken;
        return answer;
      };
      expect(await refusalsOf(4, anywhere)).toEqual([3, 4]);
      const another = await registerSomebody(stack.client);
      expect(await refusalsOf(1, () => refresh(stack.client, another.refreshToken))).toEqual([]);
    });
  });

  it('with a used token are limited for each, so that a thief cannot hide a replay by many refreshes', async () => {
    await startWith({ LIMIT_REFRESH_NETWORK: `3/${WINDOW_SECONDS}` });
    await expectCountedTogether(stack, async () => {
      const stolen = await registerSomebody(stack.client);
      const [first, second, latest] = await successorsOf(stolen.refreshToken, 3);
      expect(retryAfterOf(await refresh(stack.client, latest?.refreshToken ?? ''))).not.toBeNull();
      expect(await refusalsOf(4, () => refresh(stack.client, second?.refreshToken ?? ''))).toEqual([4]);
      const thief = stack.client.withAccessToken(latest?.accessToken ?? '');
      expect((await thief.me()).data?.me?.id).toBe(stolen.id);

      const replayed = await refresh(stack.client, stolen.refreshToken);
      expect(replayed.data?.refreshSession.userErrors).toMatchObject([{ code: 'TOKEN_REUSED' }]);
      expect((await thief.me()).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
      expect(retryAfterOf(await refresh(stack.client, first?.refreshToken ?? ''))).not.toBeNull();
    });
  });

  /** What comes of a token by that many refreshes, one after the other. */
  async function successorsOf(refreshToken: string, times: number) {
    const all: { readonly refreshToken: string; readonly accessToken: string }[] = [];
    for (let time = 0; time < times; time += 1) {
      const { data } = await refresh(stack.client, all.at(-1)?.refreshToken ?? refreshToken);
      const tokens = data?.refreshSession.tokens;
      if (tokens == null) throw new Error('a refresh was refused');
      all.push(tokens);
    }
    return all;
  }
});

describe('tries of the current password', () => {
  it('are limited for each session, so that a thief cannot use up those of the owner', async () => {
    await startWith({ LIMIT_PASSWORD_CHECK_SESSION: `3/${WINDOW_SECONDS}` });
    await expectCountedTogether(stack, async () => {
      const stolen = await registerSomebody(stack.client);
      const own = await logInAgain(stack.client, stolen);
      const change = (client: Client, currentPassword: string) =>
        client.changePassword({ input: { currentPassword, newPassword: 'marble staircase 31' } });
      expect(await refusalsOf(5, () => change(stolen.client, 'not the password'))).toEqual([4, 5]);
      expect(retryAfterOf(await change(stolen.client, stolen.password))).not.toBeNull();
      expect((await change(own.client, own.password)).data?.changePassword.userErrors).toEqual([]);
    });
  });
});

describe('a limit of several times', () => {
  it('lets in again soon at first, and later for those who go on', async () => {
    await startWith({ LIMIT_LOGIN_ACCOUNT_AT_NETWORK: `2/1,4/${WINDOW_SECONDS}` });
    await expectCountedTogether(stack, async () => {
      const here = clientAt(newAddress());
      const attempt = () => login(here, 'nobody');

      /** Tries until a try is refused; returns how many were not, and the time to wait. */
      async function untilRefused(): Promise<{ readonly tried: number; readonly retryAfter: number }> {
        for (let tried = 0; tried < 10; tried += 1) {
          const retryAfter = retryAfterOf(await attempt());
          if (retryAfter !== null) return { tried, retryAfter };
        }
        throw new Error('nothing is refused');
      }

      // A machine may be so slow that the first second passes between two tries.
      let evaluated = 0;
      const waits: number[] = [];
      for (let round = 0; round < 10 && evaluated < 4; round += 1) {
        const { tried, retryAfter } = await untilRefused();
        evaluated += tried;
        waits.push(retryAfter);
        if (retryAfter === 1) await sleep(1_000);
      }
      expect(evaluated).toBe(4);
      expect(waits.slice(0, -1)).toEqual(waits.slice(0, -1).map(() => 1));
      expect((await untilRefused()).tried).toBe(0);
      expect((await untilRefused()).retryAfter).toBeGreaterThan(WINDOW_SECONDS / 2);
    });
  });
});

describe('logins that succeed', () => {
  it('are none before they do: wrong passwords that are being hashed take no place of theirs', async () => {
    await startWith({
      LIMIT_LOGIN_SUCCESS: `1/${WINDOW_SECONDS}`,
      PASSWORD_HASH_CONCURRENCY: '1',
      PASSWORD_HASH_MAX_WAIT_MS: '60000',
      BCRYPT_COST: '8',
    });
    const here = clientAt('192.0.2.1');
    const { username, password } = await registerSomebody(here);
    const wrong = Array.from({ length: 20 }, () => login(here, username));
    const answers = await Promise.all([...wrong, login(here, username, password), ...wrong]);
    expect(answers.map(retryAfterOf)).toEqual(answers.map(() => null));
    expect(await refusalsOf(1, () => login(here, username, password))).toEqual([1]);
    expect(await refusalsOf(1, () => login(clientAt('192.0.2.2'), username, password))).toEqual([]);
  });
});

if (stackName() === 'distributed') {
  describe('while Redis is away', () => {
    it('each process allows half, from wherever they come', async () => {
      await startWith({ LIMIT_LOGIN_ACCOUNT: `4/${WINDOW_SECONDS}` });
      stack.redis?.signal('SIGKILL');
      expect(await refusalsOf(6, () => login(clientAt(newAddress()), 'nobody'))).toEqual([3, 4, 5, 6]);
    });
  });
}

describe('an attempt that could not be made', () => {
  it("does not count: while hashing is overloaded nobody's attempts are used up", async () => {
    await startWith({
      LIMIT_LOGIN_ACCOUNT_AT_NETWORK: `5/${WINDOW_SECONDS}`,
      LIMIT_REGISTER_NETWORK: `5/${WINDOW_SECONDS}`,
      PASSWORD_HASH_CONCURRENCY: '1',
      PASSWORD_HASH_MAX_WAIT_MS: '0',
      BCRYPT_COST: '8',
    });
    await expectCountedTogether(stack, async () => {
      const [busy, here] = [clientAt(newAddress()), clientAt(newAddress())];
      const storm = Array.from({ length: 30 }, (_unused, index) => login(busy, `somebody-${index}`));
      const caught = Array.from({ length: 30 }, () => login(here, 'victim'));
      const [, ofVictim] = await Promise.all([Promise.all(storm), Promise.all(caught)]);
      const waits = ofVictim.map(retryAfterOf).filter((wait) => wait !== null);
      // The time to wait tells the queue from the limit.
      expect(waits.filter((wait) => wait < WINDOW_SECONDS / 2).length).toBeGreaterThan(0);
      const evaluated = ofVictim.filter((answer) => retryAfterOf(answer) === null).length;
      expect(evaluated).toBeLessThanOrEqual(5);
      // As many as were not evaluated are left, and not one more.
      const later = await refusalsOf(6, () => login(here, 'victim'));
      expect(later[0]).toBe(5 - evaluated + 1);
    });
  });
});
