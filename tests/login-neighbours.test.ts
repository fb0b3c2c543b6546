import { createClient, type Client } from '@identity/client/client';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { expectCountedTogether } from './harness/counted-together.js';
import { sendGraphql } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { ADMIN_PORTS, scrape, total } from './harness/prometheus.js';
import { startStack, type TestStack } from './harness/stack.js';

const ALLOWED = { accountAtNetwork: 3, knownDevice: 4 };
const TRIES = 10;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0';

const LOGIN = `mutation ($identifier: String!, $password: String!) {
  login(input: { identifier: $identifier, password: $password }) {
    user { id } tokens { accessToken } userErrors { __typename code message path }
  }
}`;

let stack: TestStack;
let networks = 0;

beforeAll(async () => {
  stack = await startStack({
    environment: {
      ...ADMIN_PORTS,
      TRUSTED_PROXY_HOPS: '1',
      LIMIT_LOGIN_ACCOUNT_AT_NETWORK: `${ALLOWED.accountAtNetwork}/600`,
      LIMIT_LOGIN_KNOWN_DEVICE: `${ALLOWED.knownDevice}/600`,
    },
  });
});

afterAll(() => stack.close());

/** An address that nobody has had before. */
function newAddress(): string {
  networks += 1;
  return `192.0.2.${networks}`;
}

function clientAt(address: string): Client {
  const headers = { 'x-forwarded-for': address, 'user-agent': BROWSER };
  return createClient({ url: `${stack.services.gateway.url}/graphql`, headers });
}

/** How many passwords have been hashed: what a refusal costs is mostly that. */
async function hashes(): Promise<number> {
  return total(await scrape(stack, 'auth'), 'identity_auth_password_hash_duration_seconds_count');
}

/** What a neighbour is told of each try of a name, and whether a password was hashed for it. */
async function triesOf(identifier: string, address: string, userAgent: string): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let time = 0; time < TRIES; time += 1) {
    const before = await hashes();
    const { status, text } = await sendGraphql(stack.services.gateway.url, {
      query: LOGIN,
      variables: { identifier, password: 'not the password' },
      headers: { 'x-forwarded-for': address, 'user-agent': userAgent },
    });
    const told = text.replaceAll(/"retryAfter":\d+/g, '"retryAfter":0');
    seen.push(`${status} ${told} ${(await hashes()) - before}`);
  }
  return seen;
}

it.each(['a browser of another kind', BROWSER])(
  'a neighbour with %s cannot tell who has had a session at the network, who has an account, and who has none',
  async (userAgent) => {
    await expectCountedTogether(stack, async () => {
      const home = () => newAddress();
      const elsewhere = await registerSomebody(clientAt(home()));
      const [first, second] = [home(), home()];
      const [ada, eve] = [await registerSomebody(clientAt(first)), await registerSomebody(clientAt(second))];
      const unknown = await triesOf(`nobody-${networks}`, home(), userAgent);
      expect(await triesOf(ada.username, first, userAgent)).toEqual(unknown);
      expect(await triesOf(eve.email, second, userAgent)).toEqual(unknown);
      expect(await triesOf(elsewhere.username, home(), userAgent)).toEqual(unknown);
      expect(unknown.filter((seen) => seen.includes('INVALID_CREDENTIALS'))).toHaveLength(ALLOWED.accountAtNetwork);
      expect(unknown.map((seen) => seen.at(-1)).join('')).toBe('1111111000');
    });
  },
);

it('the right password gets in beyond the limits, where the account has had a session and nowhere else', async () => {
  await expectCountedTogether(stack, async () => {
    const [home, away] = [newAddress(), newAddress()];
    const ada = await registerSomebody(clientAt(home));
    for (const address of [home, away])
      for (let time = 0; time < ALLOWED.accountAtNetwork; time += 1)
        await clientAt(address).login({ input: { identifier: ada.username, password: 'not it' } });
    const input = { identifier: ada.username, password: ada.password };
    const { errors = [] } = await clientAt(away).login({ input });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED']);
    expect((await clientAt(home).login({ input })).data?.login.user?.id).toBe(ada.id);
  });
});
