import { createClient } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

/** Where every request of this test really comes from. */
const HERE = '127.0.0.1';
const CLIENT = '203.0.113.7';
const [FIRST_PROXY, SECOND_PROXY] = ['192.0.2.1', '192.0.2.2'];
const LIES = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'];

/** What X-Forwarded-For says on arrival, and whom the session is then said to come from. */
type Case = readonly [chain: readonly string[], expected: string | null];

const CASES: Readonly<Record<number, readonly Case[]>> = {
  0: [
    [[], HERE],
    [[CLIENT], HERE],
    [[...LIES, CLIENT], HERE],
    [['nonsense'], HERE],
  ],
  1: [
    [[], HERE],
    [[CLIENT], CLIENT],
    [[...LIES.slice(0, 1), CLIENT], CLIENT],
    [[...LIES, CLIENT], CLIENT],
    [[...Array.from({ length: 400 }, () => HERE), CLIENT], CLIENT],
    [[HERE, '::1', '10.0.0.1', 'unknown', CLIENT], CLIENT],
    [[CLIENT, '', ''], CLIENT],
    [[CLIENT, 'unknown'], null],
    [[CLIENT, '_hidden'], null],
    [[CLIENT, '203.0.113.999'], null],
    [[LIES[0] ?? '', `${CLIENT}:4711`], CLIENT],
    [[LIES[0] ?? '', '[2001:db8::7]:443'], '2001:db8::7'],
    [[LIES[0] ?? '', '[2001:db8::7]'], '2001:db8::7'],
    [[CLIENT, `${CLIENT}:port`], null],
    [[CLIENT, `${CLIENT}:4711:4712`], null],
    [[CLIENT, '[example.com]:443'], null],
    [[CLIENT, '<script>'], null],
    [[LIES[0] ?? '', '2001:DB8:0:0::7'], '2001:db8::7'],
    [[LIES[0] ?? '', '::ffff:203.0.113.7'], CLIENT],
    [[LIES[0] ?? '', `  ${CLIENT}  `], CLIENT],
  ],
  2: [
    [[], HERE],
    // Somebody who has come past the first proxy: the second one has seen who.
    [[CLIENT], CLIENT],
    [[CLIENT, FIRST_PROXY], CLIENT],
    [[...LIES.slice(0, 1), CLIENT, FIRST_PROXY], CLIENT],
    [[...LIES, CLIENT, FIRST_PROXY], CLIENT],
    [[...LIES, 'unknown', FIRST_PROXY], null],
  ],
  3: [
    [[CLIENT, FIRST_PROXY, SECOND_PROXY], CLIENT],
    [[...LIES, CLIENT, FIRST_PROXY, SECOND_PROXY], CLIENT],
    [[...LIES, ...LIES, CLIENT, FIRST_PROXY, SECOND_PROXY], CLIENT],
  ],
};

/** Headers of other makers' proxies: anybody can write them. */
const OTHER_HEADERS = {
  forwarded: `for=${CLIENT}`,
  'x-real-ip': CLIENT,
  'x-client-ip': CLIENT,
  'true-client-ip': CLIENT,
  'cf-connecting-ip': CLIENT,
};

describe.each(Object.entries(CASES))('behind %s proxies', (hops, cases) => {
  let stack: TestStack;
  let ada: Person;

  beforeAll(async () => {
    stack = await startStack({ environment: { TRUSTED_PROXY_HOPS: hops } });
    ada = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  /** What the newest session shows after a login with these headers. */
  async function addressSeen(headers: Readonly<Record<string, string>>): Promise<string | null | undefined> {
    const client = createClient({ url: `${stack.services.gateway.url}/graphql`, headers });
    const { data } = await client.login({ input: { identifier: ada.username, password: ada.password } });
    const loggedIn = stack.client.withAccessToken(data?.login.tokens?.accessToken ?? '');
    return (await loggedIn.mySessions({ first: 1 })).data?.me?.sessions?.nodes[0]?.ipAddress;
  }

  it.each(cases)('a session comes from who was seen by the outermost of them: %j', async (chain, expected) => {
    const headers = chain.length === 0 ? {} : { 'x-forwarded-for': chain.join(', ') };
    expect(await addressSeen(headers)).toBe(expected);
  });

  it('no other header says where a session comes from', async () => {
    expect(await addressSeen(OTHER_HEADERS)).toBe(HERE);
  });
});
