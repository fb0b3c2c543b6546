import { createClient, type Client } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCookieJar } from './harness/cookie-jar.js';
import { logInAgain, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

/** More than are hashed within the time that a password may wait. */
const STRANGERS = 60;
const TRIES = 8;

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0';
const HOME = '192.0.2.1';
const NOBODY = { username: 'nobody', password: 'not it' };

let stack: TestStack;
let networks = 0;
/** Strangers who come back when somebody has been served. */
const turnedAway: (() => void)[] = [];

beforeAll(async () => {
  stack = await startStack({
    environment: {
      TRUSTED_PROXY_HOPS: '1',
      REFRESH_COOKIE_SUBGRAPH: 'auth',
      BCRYPT_COST: '10',
      PASSWORD_HASH_CONCURRENCY: '1',
      PASSWORD_HASH_MAX_WAIT_MS: '1500',
    },
  });
});

afterAll(() => stack.close());

/** The proxy before the gateway tells the address. */
function clientAt(address: string): Client {
  const headers = { 'x-forwarded-for': address, 'user-agent': BROWSER };
  return createClient({ url: `${stack.services.gateway.url}/graphql`, headers });
}

/** An address in a network of 64 bits that nobody has had before. */
function newAddress(): string {
  networks += 1;
  return `2001:db8:0:${networks.toString(16)}::1`;
}

/** What a login comes to: `in`, or the code of a refusal. */
async function login(client: Client, { username, password }: Pick<Person, 'username' | 'password'>): Promise<string> {
  const { data, errors = [] } = await client.login({ input: { identifier: username, password } });
  // So the line is always full.
  if (errors.length === 0) for (const comeBack of turnedAway.splice(0, 3)) comeBack();
  if (data?.login.user != null) return 'in';
  return [...errors.map(({ extensions }) => extensions), ...(data?.login.userErrors ?? [])]
    .map(({ code }) => code)
    .join();
}

/** Does the work while strangers, each from a network of their own, try names that nobody has. */
async function amongStrangers(work: () => Promise<void>): Promise<readonly string[]> {
  const outcomes: string[] = [];
  let isOver = false;
  const goesOn = () => !isOver;

  async function tryNames(): Promise<void> {
    while (goesOn()) {
      const outcome = await login(clientAt(newAddress()), NOBODY);
      outcomes.push(outcome);
      if (outcome === 'RATE_LIMITED' && goesOn()) await new Promise<void>((resolve) => void turnedAway.push(resolve));
    }
  }

  const strangers = Array.from({ length: STRANGERS }, tryNames);
  while (turnedAway.length === 0) await login(clientAt(newAddress()), NOBODY);
  await work().finally(() => {
    isOver = true;
    for (const comeBack of turnedAway.splice(0)) comeBack();
  });
  await Promise.all(strangers);
  return outcomes;
}

async function times(count: number, work: () => Promise<string>): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (let time = 0; time < count; time += 1) outcomes.push(await work());
  return outcomes;
}

const always = (outcome: string) => Array.from({ length: TRIES }, () => outcome);

describe('strangers who keep the hashing of passwords busy', () => {
  it('are not in the way of a device that proves to have had a session of the account, and go on beside it', async () => {
    const ada = await registerSomebody(clientAt(HOME));
    const outcomes = await amongStrangers(async () => {
      expect(await times(TRIES, () => login(clientAt(newAddress()).withAccessToken(ada.accessToken), ada))).toEqual(
        always('in'),
      );
    });
    expect(new Set(outcomes)).toEqual(new Set(['INVALID_CREDENTIALS', 'RATE_LIMITED']));
  });

  it('are not in the way of a browser in which the account has logged in before', async () => {
    const jar = createCookieJar();
    const options = {
      url: `${stack.services.gateway.url}/graphql`,
      sessionTransport: 'cookie',
      fetch: jar.fetch,
    } as const;
    const ada = await registerSomebody(createClient(options));
    await ada.client.logout();
    expect(jar.value).toBeNull();
    await amongStrangers(async () => {
      expect(await times(TRIES, () => login(createClient(options), ada))).toEqual(always('in'));
    });
  });

  it('are not in the way of somebody who changes the password', async () => {
    const ada = await registerSomebody(clientAt(HOME));
    await amongStrangers(async () => {
      const input = { currentPassword: ada.password, newPassword: 'marble staircase 31' };
      const { data } = await ada.client.changePassword({ input });
      expect(data?.changePassword.userErrors).toEqual([]);
    });
  });

  it('share their line with whoever proves nothing, or a session of another account only', async () => {
    const [ada, eve] = [await registerSomebody(clientAt(HOME)), await registerSomebody(clientAt(HOME))];
    await amongStrangers(async () => {
      for (const client of [clientAt(HOME), clientAt(HOME).withAccessToken(eve.accessToken)])
        expect(await times(TRIES, () => login(client, ada))).toContain('RATE_LIMITED');
    });
  });

  it('get the company of an account that has had its turns before them', async () => {
    await stack.restart({ LIMIT_LOGIN_KNOWN_DEVICE: '3/600' });
    const ada = await registerSomebody(clientAt(HOME));
    const again = await logInAgain(clientAt(HOME), ada);
    const devices = [ada, again].map(({ accessToken }) => clientAt(newAddress()).withAccessToken(accessToken));
    await amongStrangers(async () => {
      const outcomes = await times(TRIES, async () =>
        (await Promise.all(devices.map((each) => login(each, ada)))).join(),
      );
      expect(outcomes[0]).toBe('in,in');
      expect(outcomes.filter((outcome) => outcome.includes('RATE_LIMITED')).length).toBeGreaterThan(0);
    });
  });
});
