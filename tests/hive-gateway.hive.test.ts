import { once } from 'node:events';
import { createServer } from 'node:net';
import { createClient, type Client } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectCountedTogether } from './harness/counted-together.js';
import { bearer, sendGraphql, type RawAnswer } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const INTERNALS = /127\.0\.0\.1|localhost|https?:|ECONN|undici|sequelize|node_modules|\/graphql/i;
const TIMEOUT_MS = 1_500;

describe('Hive Gateway before a subgraph that is away', () => {
  let stack: TestStack;
  let ada: Person;

  beforeAll(async () => {
    stack = await startStack({ environment: { SUBGRAPH_TIMEOUT_MS: String(TIMEOUT_MS) } });
    ada = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  function ask(query: string, variables = {}): Promise<RawAnswer> {
    return sendGraphql(stack.services.gateway.url, { query, variables, headers: bearer(ada.accessToken) });
  }

  async function expectOnlyProfilesAway(): Promise<void> {
    const answer = await ask('{ me { username profile { bio } } }');
    expect(answer.data).toEqual({ me: { username: ada.username, profile: null } });
    expect(answer.errors).toMatchObject([
      { path: ['me', 'profile'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } },
    ]);
    expect(answer.errors).toHaveLength(1);
    expect(answer.text).not.toMatch(INTERNALS);
  }

  it('answers the rest, and everything again when it is back', async () => {
    await stack.services.users.close();
    await expectOnlyProfilesAway();
    const write = await ask('mutation { updateProfile(input: { bio: "lost" }) { user { id } } }');
    expect(write.errors).toMatchObject([
      { path: ['updateProfile'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } },
    ]);
    await stack.services.users.startAgain?.();
    const answer = await ask('{ me { username profile { bio } } }');
    expect(answer).toMatchObject({ data: { me: { username: ada.username, profile: { bio: '' } } }, errors: [] });
  });

  it('waits no longer than it is told for one that does not answer', async () => {
    await stack.services.users.close();
    const silent = createServer(() => undefined).listen(Number(new URL(stack.services.users.url).port), '127.0.0.1');
    await once(silent, 'listening');
    try {
      const startedAt = performance.now();
      await expectOnlyProfilesAway();
      expect(performance.now() - startedAt).toBeGreaterThan(TIMEOUT_MS * 0.9);
    } finally {
      silent.close();
      await stack.services.users.startAgain?.();
    }
  });

  it('writes nothing to its log that was sent', async () => {
    await stack.services.auth.close();
    const password = 'canary that nobody may see';
    const query = 'mutation ($input: LoginInput!) { login(input: $input) { user { id } } }';
    const answer = await ask(query, { input: { identifier: ada.username, password } });
    expect(answer.errors).toMatchObject([
      { path: ['login'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'auth' } },
    ]);
    const log = stack.services.gateway.output?.() ?? '';
    expect(log).toMatch(/listening/i);
    for (const secret of [password, ada.accessToken, ada.username]) expect(log).not.toContain(secret);
    await stack.services.auth.startAgain?.();
  });
});

describe('Hive Gateway before an account at which strangers have used up all attempts', () => {
  const ALLOWED = 2;
  let stack: TestStack;
  let networks = 0;

  beforeAll(async () => {
    const environment = { TRUSTED_PROXY_HOPS: '1', LIMIT_LOGIN_ACCOUNT: `${String(ALLOWED)}/600` };
    stack = await startStack({ environment });
  });

  afterAll(async () => {
    await stack.close();
  });

  /** From an address that nobody has had before. */
  function clientElsewhere(): Client {
    networks += 1;
    const headers = { 'x-forwarded-for': `192.0.2.${String(networks)}` };
    return createClient({ url: `${stack.services.gateway.url}/graphql`, headers });
  }

  it('a device is known by its expired access token, wherever it is', async () => {
    await expectCountedTogether(stack, async () => {
      const ada = await registerSomebody(clientElsewhere());
      stack.clock.advance(86_400_000);
      const tryFrom = async (client: Client, password = ada.password) => {
        const { data, errors } = await client.login({ input: { identifier: ada.username, password } });
        return data?.login.user?.id ?? errors?.map(({ extensions }) => extensions.code).join();
      };
      for (let count = 0; count < ALLOWED; count += 1) await tryFrom(clientElsewhere(), 'not the password');
      expect(await tryFrom(clientElsewhere())).toBe('RATE_LIMITED');
      expect(await tryFrom(clientElsewhere().withAccessToken(ada.accessToken))).toBe(ada.id);
    });
  });
});
