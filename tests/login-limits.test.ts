import { generateKeyPairSync } from 'node:crypto';
import { createClient, type Client } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fetch } from '@identity/client/transport';
import { createCookieJar, type CookieJar } from './harness/cookie-jar.js';
import { expectCountedTogether } from './harness/counted-together.js';
import { logInAgain, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';
import { signToken } from './harness/token-forge.js';

/** How many failures, or successes, each limit allows here, within a time that no test lasts. */
const ALLOWED = { network: 12, accountAtNetwork: 3, account: 6, knownDevice: 4, success: 12 };
const WINDOW_SECONDS = 600;
const DAY_MS = 86_400_000;

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0';

describe('failed logins', () => {
  let stack: TestStack;
  let networks = 0;
  let names = 0;
  let requests = 0;

  beforeAll(async () => {
    const within = (attempts: number) => `${attempts}/${WINDOW_SECONDS}`;
    stack = await startStack({
      replicas: [{}, {}],
      environment: {
        TRUSTED_PROXY_HOPS: '1',
        REFRESH_COOKIE_SUBGRAPH: 'auth',
        LIMIT_LOGIN_NETWORK: within(ALLOWED.network),
        LIMIT_LOGIN_ACCOUNT_AT_NETWORK: within(ALLOWED.accountAtNetwork),
        LIMIT_LOGIN_ACCOUNT: within(ALLOWED.account),
        LIMIT_LOGIN_KNOWN_DEVICE: within(ALLOWED.knownDevice),
        LIMIT_LOGIN_SUCCESS: within(ALLOWED.success),
      },
    });
  });

  afterAll(async () => {
    await stack.close();
  });

  function itCounts(name: string, test: () => Promise<void>): void {
    // eslint-disable-next-line jest/valid-title -- the title is the caller's, a string by its type
    it(name, () => expectCountedTogether(stack, test));
  }

  /** An address that nobody has had before. */
  function newAddress(): string {
    networks += 1;
    return `10.${Math.floor(networks / 250)}.${networks % 250}.7`;
  }

  /** A name that nobody has tried before. */
  function newName(): string {
    names += 1;
    return `victim-${names}`;
  }

  /** Every request goes to the next replica: whatever is counted, both have to know of it. */
  function inTurn(send: Fetch = fetch): Fetch {
    return (_url, init) => {
      requests += 1;
      const { gateway } = stack.replicas[requests % stack.replicas.length] ?? stack.services;
      return send(`${gateway.url}/graphql`, init);
    };
  }

  /** The proxy before the gateway tells the address. */
  function clientAt(address: string, userAgent = BROWSER): Client {
    const headers = { 'x-forwarded-for': address, 'user-agent': userAgent };
    return createClient({ url: `${stack.services.gateway.url}/graphql`, headers, fetch: inTurn() });
  }

  /** Somebody who has had a session at the address. */
  function personAt(address: string): Promise<Person> {
    return registerSomebody(clientAt(address));
  }

  /** What a login comes to: `in`, the code of a refusal, or `RATE_LIMITED` with a sensible time. */
  async function login(client: Client, identifier: string, password = 'not the password'): Promise<string> {
    const { data, errors } = await client.login({ input: { identifier, password } });
    if (errors === undefined) return data?.login.user == null ? codesOf(data?.login.userErrors) : 'in';
    for (const { extensions, path } of errors) {
      expect(path).toEqual(['login']);
      expect(Number.isInteger(extensions.retryAfter)).toBe(true);
      expect(extensions.retryAfter).toBeGreaterThan(WINDOW_SECONDS / 2);
      expect(extensions.retryAfter).toBeLessThanOrEqual(WINDOW_SECONDS);
    }
    return errors.map(({ extensions }) => extensions.code).join();
  }

  function codesOf(userErrors: readonly { readonly code: string }[] = []): string {
    return userErrors.map(({ code }) => code).join();
  }

  async function loginTimes(times: number, ...attempt: Parameters<typeof login>): Promise<readonly string[]> {
    const outcomes: string[] = [];
    for (let count = 0; count < times; count += 1) outcomes.push(await login(...attempt));
    return outcomes;
  }

  /** That many failures are told as such, and the next attempt is refused. */
  function failures(count: number): readonly string[] {
    return [...Array.from({ length: count }, () => 'INVALID_CREDENTIALS'), 'RATE_LIMITED'];
  }

  describe('from one network at one account', () => {
    itCounts('are refused after a few, even with the right password, and only there', async () => {
      const [ada, eve] = [await personAt(newAddress()), await personAt(newAddress())];
      const stranger = clientAt(newAddress());
      expect(await loginTimes(4, stranger, ada.username)).toEqual(failures(ALLOWED.accountAtNetwork));
      expect(await login(stranger, ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(stranger, eve.username, eve.password)).toBe('in');
      expect(await login(clientAt(newAddress()), ada.username, ada.password)).toBe('in');
    });

    itCounts('are counted when they come all at once', async () => {
      const ada = await personAt(newAddress());
      const stranger = clientAt(newAddress());
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => login(stranger, ada.email)));
      expect(outcomes.filter((outcome) => outcome === 'INVALID_CREDENTIALS')).toHaveLength(ALLOWED.accountAtNetwork);
      expect(new Set(outcomes)).toEqual(new Set(['INVALID_CREDENTIALS', 'RATE_LIMITED']));
    });

    itCounts('are counted together however the name is written', async () => {
      const address = newAddress();
      const stranger = clientAt(address);
      const name = newName();
      const spellings = [
        `Küche-${name}@Example.com`,
        ` küche-${name}@example.COM`,
        `ku\u0308che-${name}@example.com`,
        `k\u00fcche-${name}\uff20example.com`,
      ];
      const outcomes: string[] = [];
      for (const spelling of spellings) outcomes.push(await login(stranger, spelling));
      expect(outcomes).toEqual(failures(ALLOWED.accountAtNetwork));
    });

    itCounts('are forgotten when a login succeeds', async () => {
      const ada = await personAt(newAddress());
      const elsewhere = clientAt(newAddress(), 'another browser');
      expect(await loginTimes(2, elsewhere, ada.username)).toEqual(['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS']);
      expect(await login(elsewhere, ada.username, ada.password)).toBe('in');
      expect(await loginTimes(3 + 1, elsewhere, ada.username)).toEqual(failures(3));
    });

    itCounts('do not include successful ones, which have a limit of their own, and only there', async () => {
      const ada = await personAt(newAddress());
      const outcomes = await loginTimes(ALLOWED.success + 1, clientAt(newAddress()), ada.username, ada.password);
      expect(outcomes).toEqual([...Array.from({ length: ALLOWED.success }, () => 'in'), 'RATE_LIMITED']);
      expect(await login(clientAt(newAddress()), ada.username, ada.password)).toBe('in');
    });

    itCounts('are limited alike for accounts that exist, that are suspended, and that do not exist', async () => {
      const [ada, eve] = [await personAt(newAddress()), await personAt(newAddress())];
      await stack.sql('auth', "UPDATE accounts SET status = 'SUSPENDED' WHERE id = ?", [eve.id]);
      for (const name of [ada.username, ada.email, eve.email, newName(), `${newName()}@example.com`, '', '@']) {
        const outcomes = await loginTimes(4, clientAt(newAddress()), name);
        expect([name, ...outcomes]).toEqual([name, ...failures(ALLOWED.accountAtNetwork)]);
      }
    });
  });

  describe('from one network at many accounts', () => {
    itCounts('are refused when there are too many, whatever the account, and only from there', async () => {
      const ada = await personAt(newAddress());
      const address = newAddress();
      const outcomes: string[] = [];
      for (let count = 0; count <= ALLOWED.network; count += 1) {
        outcomes.push(await login(clientAt(address, `bot ${count}`), newName()));
      }
      expect(outcomes).toEqual(failures(ALLOWED.network));
      expect(await login(clientAt(address), ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(clientAt(newAddress()), ada.username, ada.password)).toBe('in');
    });

    it("are not made good by logins of an account of one's own", async () => {
      const address = newAddress();
      const mallory = await personAt(newAddress());
      const outcomes: string[] = [];
      for (let count = 0; count < ALLOWED.network; count += 1) {
        outcomes.push(await login(clientAt(address), mallory.username, mallory.password));
        outcomes.push(await login(clientAt(address), newName()));
      }
      expect(new Set(outcomes)).toEqual(new Set(['in', 'INVALID_CREDENTIALS']));
      expect(await login(clientAt(address), newName())).toBe('RATE_LIMITED');
    });

    itCounts('do not include the logins of an office that succeed', async () => {
      const office = newAddress();
      const people = await Promise.all(Array.from({ length: 4 }, () => personAt(newAddress())));
      const client = clientAt(office);
      for (const { username, password } of people) {
        expect(await loginTimes(6, client, username, password)).toEqual(Array.from({ length: 6 }, () => 'in'));
      }
    });
  });

  describe('at one account from everywhere', () => {
    /** Strangers use up what the account allows to them. */
    async function besiege(name: string): Promise<void> {
      for (let count = 0; count < ALLOWED.account; count += 1) await login(clientAt(newAddress()), name);
      expect(await login(clientAt(newAddress()), name)).toBe('RATE_LIMITED');
    }

    itCounts('are refused when there are too many, but for the devices that the owner has used', async () => {
      const home = newAddress();
      const ada = await personAt(home);
      await besiege(ada.username);
      expect(await login(clientAt(newAddress()), ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(clientAt(home), ada.username, ada.password)).toBe('in');
      // Also with a browser of another version, and after the session has ended.
      expect(await login(clientAt(home, 'a newer browser'), ada.username, ada.password)).toBe('in');
      await ada.client.logout({ input: { allSessions: true } });
      expect(await login(clientAt(home), ada.username, ada.password)).toBe('in');
    });

    itCounts('may go on at a known device for a few attempts only', async () => {
      const home = newAddress();
      const ada = await personAt(home);
      await besiege(ada.email);
      for (let count = 1; count < ALLOWED.knownDevice; count += 1)
        expect(await login(clientAt(home), ada.email)).toBe('RATE_LIMITED');
      expect(await login(clientAt(home), ada.email, ada.password)).toBe('in');
      expect(await login(clientAt(home), ada.email)).toBe('RATE_LIMITED');
      expect(await login(clientAt(home), ada.email, ada.password)).toBe('RATE_LIMITED');
    });

    itCounts('cannot be used to lock the owner out from within the same network', async () => {
      const office = newAddress();
      const ada = await personAt(office);
      const neighbour = clientAt(office, 'a neighbour');
      // Everything that the network has, and everything for devices there that are not known.
      expect((await loginTimes(8, neighbour, ada.username)).slice(0, 4)).toEqual(failures(ALLOWED.accountAtNetwork));
      for (let count = 0; count < ALLOWED.network; count += 1) await login(neighbour, newName());
      await besiege(ada.username);
      expect(await login(neighbour, ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(clientAt(office), ada.username, ada.password)).toBe('in');
    });

    itCounts(
      'may go on from all the devices of its network together that are not known for a few attempts only',
      async () => {
        const home = newAddress();
        const ada = await personAt(home);
        expect(await loginTimes(4, clientAt(home, 'a neighbour'), ada.username)).toEqual(failures(3));
        // A browser of another name for each of them, the last one's right password as well.
        for (let count = 1; count < ALLOWED.knownDevice; count += 1)
          expect(await login(clientAt(home, `bot ${count}`), ada.username)).toBe('RATE_LIMITED');
        expect(await login(clientAt(home, 'one more'), ada.username, ada.password)).toBe('RATE_LIMITED');
        expect(await login(clientAt(home), ada.username, ada.password)).toBe('in');
      },
    );

    itCounts('leave the successful ones a limit of their own, for one network, at known devices as well', async () => {
      const home = newAddress();
      const [ada, eve] = [await personAt(home), await personAt(newAddress())];
      const half = ALLOWED.success / 2;
      const halfIn = Array.from({ length: half }, () => 'in');
      expect(await loginTimes(2, clientAt(home, 'a neighbour'), ada.username)).toEqual(failures(2).slice(0, -1));
      expect(await loginTimes(half, clientAt(home), ada.username, ada.password)).toEqual(halfIn);
      await besiege(ada.username);
      const more = await loginTimes(half + 2, clientAt(home), ada.username, ada.password);
      expect(more).toEqual([...halfIn, 'RATE_LIMITED', 'RATE_LIMITED']);
      expect(await login(clientAt(home), eve.username, eve.password)).toBe('in');
    });

    itCounts('leave a device alone that has kept a token of the account, wherever it is', async () => {
      const [ada, eve] = [await personAt(newAddress()), await personAt(newAddress())];
      await besiege(ada.username);
      await ada.client.logout();
      stack.clock.advance(DAY_MS);
      const away = (token: string) => clientAt(newAddress()).withAccessToken(token);
      for (const token of [eve.accessToken, ...forgeriesOf(ada.accessToken, eve.accessToken), 'nonsense'])
        expect(await login(away(token), ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(clientAt(newAddress()), ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(away(ada.accessToken), ada.email.toUpperCase(), ada.password)).toBe('in');
      expect(await login(away(ada.accessToken), ada.username, ada.password)).toBe('in');
      // As many failures as any known device, and no more elsewhere.
      for (let count = 0; count < ALLOWED.knownDevice; count += 1)
        expect(await login(away(ada.accessToken), ada.username)).toBe('INVALID_CREDENTIALS');
      expect(await login(away(ada.accessToken), ada.username, ada.password)).toBe('RATE_LIMITED');
    });

    /** A browser in cookie mode, from an address that nobody has had before. */
    function browserWith({ fetch }: CookieJar): Client {
      const url = `${stack.services.gateway.url}/graphql`;
      const headers = { 'x-forwarded-for': newAddress() };
      return createClient({ url, headers, sessionTransport: 'cookie', fetch: inTurn(fetch) });
    }

    itCounts('leave a browser alone that has kept the refresh token of a session of the account', async () => {
      const [kept, other] = [createCookieJar(), createCookieJar()];
      const ada = await registerSomebody(browserWith(kept));
      await registerSomebody(browserWith(other));
      [kept.device, other.device] = [null, null];
      await besiege(ada.username);
      expect(await login(browserWith(other), ada.username, ada.password)).toBe('RATE_LIMITED');
      other.value = 'made-up';
      expect(await login(browserWith(other), ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(browserWith(kept), ada.username, ada.password)).toBe('in');
    });

    async function refusedRefresh(jar: CookieJar): Promise<string> {
      const { data } = await browserWith(jar).refreshSession({ input: { refreshToken: '' } });
      expect(data?.refreshSession.tokens).toBeNull();
      return codesOf(data?.refreshSession.userErrors);
    }

    const ends: readonly (readonly [string, (ada: Person, jar: CookieJar) => Promise<unknown>])[] = [
      ['while its session lives', () => Promise.resolve()],
      ['after logout', ({ client }) => client.logout()],
      [
        'after its session was ended elsewhere, and the refresh refused',
        async (ada, jar) => {
          await (await logInAgain(clientAt(newAddress()), ada)).client.logout({ input: { allSessions: true } });
          expect(await refusedRefresh(jar)).toBe('TOKEN_INVALID');
        },
      ],
      [
        'after its session has run out of idle time',
        async (_ada, jar) => {
          stack.clock.advance(15 * DAY_MS);
          expect(await refusedRefresh(jar)).toBe('TOKEN_EXPIRED');
        },
      ],
      [
        'after its session is not even remembered',
        async ({ id }, jar) => {
          stack.clock.advance(399 * DAY_MS);
          await stack.sql('auth', 'DELETE FROM sessions WHERE account_id = ?', [id]);
          expect(await refusedRefresh(jar)).toBe('TOKEN_INVALID');
        },
      ],
    ];
    for (const [when, end] of ends)
      itCounts(`leave a browser alone in which the account has logged in before, ${when}`, async () => {
        const jar = createCookieJar();
        const ada = await registerSomebody(browserWith(jar));
        await end(ada, jar);
        expect(jar.value === null).toBe(when !== 'while its session lives');
        await besiege(ada.username);
        const proof = jar.device;
        expect(await login(browserWith(createCookieJar()), ada.username, ada.password)).toBe('RATE_LIMITED');
        expect(await login(browserWith(jar), ada.username)).toBe('INVALID_CREDENTIALS');
        expect(jar.device).toBe(proof);
        expect(await login(browserWith(jar), ada.username, ada.password)).toBe('in');
        expect(await login(browserWith(jar), ada.email.toUpperCase(), ada.password)).toBe('in');
      });

    itCounts('leave such a browser as many failures as any known device, whatever it proves them by', async () => {
      const jar = createCookieJar();
      const ada = await registerSomebody(browserWith(jar));
      await besiege(ada.username);
      const [refreshToken, proof] = [jar.value, jar.device];
      const both = browserWith(jar).withAccessToken(ada.accessToken);
      expect(await loginTimes(ALLOWED.knownDevice + 1, both, ada.username)).toEqual(failures(ALLOWED.knownDevice));
      for (const [value, device] of [
        [refreshToken, null],
        [null, proof],
        [null, `${String(proof)}~${String(proof)}`],
      ] as const) {
        Object.assign(jar, { value, device });
        expect(await login(browserWith(jar), ada.username, ada.password)).toBe('RATE_LIMITED');
      }
    });

    itCounts('are in the way of a browser whose proof is forged, of another account, or too old', async () => {
      const [jar, another] = [createCookieJar(), createCookieJar()];
      const ada = await registerSomebody(browserWith(jar));
      await registerSomebody(browserWith(another));
      await besiege(ada.username);
      const [proof, foreign] = [String(jar.device), String(another.device)];
      const [session = '', until = '', code = ''] = proof.split('.');
      const [foreignSession = '', , foreignCode = ''] = foreign.split('.');
      const longer = (Number.parseInt(until, 36) + 1).toString(36);
      const thief = createCookieJar();
      for (const device of [
        foreign,
        [foreignSession, until, code].join('.'),
        [session, until, foreignCode].join('.'),
        [session, longer, code].join('.'),
        [session, until, 'A'.repeat(43)].join('.'),
        [session, until].join('.'),
        proof.slice(0, -1),
        `${proof}A`,
        `"${proof}"`,
        `${proof}; __Host-device=${proof}`,
        `${foreign}~${foreign}~${foreign}~${foreign}~${proof}`,
        proof.repeat(10),
        'made-up',
        '~',
      ]) {
        thief.device = device;
        expect([device, await login(browserWith(thief), ada.username, ada.password)]).toEqual([device, 'RATE_LIMITED']);
      }
      // Nor without the header that no other site can send.
      const headers = { 'x-forwarded-for': newAddress() };
      const url = `${stack.services.gateway.url}/graphql`;
      const plain = createClient({ url, headers, fetch: inTurn(jar.fetch) });
      expect(await login(plain, ada.username, ada.password)).toBe('RATE_LIMITED');
      expect(await login(browserWith(jar), ada.username, ada.password)).toBe('in');

      jar.value = null;
      stack.clock.advance(400 * DAY_MS);
      expect(await login(browserWith(jar), ada.username, ada.password)).toBe('RATE_LIMITED');
    });

    itCounts('leave a browser alone in which one of the last four accounts has logged in', async () => {
      const jar = createCookieJar();
      const people: Person[] = [];
      for (let count = 0; count < 5; count += 1) people.push(await registerSomebody(browserWith(jar)));
      for (const { username } of people) await besiege(username);
      jar.value = null;
      // An account that logs in again takes nobody else's place.
      const [forgotten, ...known] = [...people, ...people.slice(1)];
      for (const { username, password } of known) expect(await login(browserWith(jar), username, password)).toBe('in');
      jar.value = null;
      expect(await login(browserWith(jar), forgotten?.username ?? '', forgotten?.password)).toBe('RATE_LIMITED');
    });

    itCounts('leave the other name of the account alone, so that nobody learns that they belong together', async () => {
      const ada = await personAt(newAddress());
      await besiege(ada.username);
      expect(await login(clientAt(newAddress()), ada.email, ada.password)).toBe('in');
    });
  });

  /** Tokens that say what the genuine one says: signed with a key of one's own, and with the signature of another. */
  function forgeriesOf(genuine: string, another: string): readonly string[] {
    const [header = '', payload = ''] = genuine.split('.');
    const [saidInHeader, said] = [header, payload].map((part): unknown =>
      JSON.parse(Buffer.from(part, 'base64url').toString()),
    );
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ownKey = signToken({ header: saidInHeader, payload: said }, privateKey);
    return [ownKey, [header, payload, another.split('.')[2]].join('.')];
  }

  itCounts('are counted for the whole of an IPv6 network', async () => {
    networks += 1;
    const site = `2001:db8:${networks.toString(16)}`;
    const ada = await personAt(`${site}:1::1`);
    for (const address of [`${site}:2::1`, `${site}:2:ffff::`, `${site}:2::3`]) {
      expect(await login(clientAt(address), ada.username)).toBe('INVALID_CREDENTIALS');
    }
    expect(await login(clientAt(`${site.toUpperCase()}:0002:1:2:3:4`), ada.username)).toBe('RATE_LIMITED');
    expect(await login(clientAt(`${site}:3::1`), ada.username)).toBe('INVALID_CREDENTIALS');
    // The owner's device may have a new address every day.
    for (let count = 0; count < ALLOWED.account; count += 1) await login(clientAt(newAddress()), ada.username);
    expect(await login(clientAt(`${site}:1:9:9:9:9`), ada.username, ada.password)).toBe('in');
    expect(await login(clientAt(`${site}:4::1`), ada.username, ada.password)).toBe('RATE_LIMITED');
  });

  itCounts('are counted together for all whose address nobody knows', async () => {
    const ada = await personAt(newAddress());
    expect(await loginTimes(3, clientAt('unknown'), ada.username)).toEqual(failures(3).slice(0, -1));
    expect(await login(clientAt('_hidden'), ada.username, ada.password)).toBe('RATE_LIMITED');
    expect(await login(clientAt(newAddress()), ada.username, ada.password)).toBe('in');
  });
});
