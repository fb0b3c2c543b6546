import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql, type RawAnswer } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startSlowProxy } from './harness/slow-proxy.js';
import { startStack, type TestStack } from './harness/stack.js';

const INTERNALS = /127\.0\.0\.1|localhost|https?:|ECONN|undici|sequelize|node_modules|\/graphql/i;

describe('a subgraph that is away', () => {
  let stack: TestStack;
  let ada: Person;
  let afterwards: () => Promise<void>;

  beforeEach(async () => {
    afterwards = () => Promise.resolve();
    stack = await startStack();
    ada = await registerSomebody(stack.client);
  });

  afterEach(async () => {
    await stack.close();
    await afterwards();
  });

  function ask(query: string): Promise<RawAnswer> {
    return sendGraphql(stack.services.gateway.url, { query, headers: bearer(ada.accessToken) });
  }

  async function health() {
    const response = await fetch(`${stack.services.gateway.url}/health`);
    return { status: response.status, body: await response.json() };
  }

  async function statusOf(path: string): Promise<number> {
    return (await fetch(`${stack.services.gateway.url}${path}`)).status;
  }

  it('costs its own fields and no more', async () => {
    expect(await health()).toEqual({
      status: 200,
      body: { status: 'ready', gateway: 'ready', subgraphs: { auth: 'ready', users: 'ready' } },
    });
    await stack.services.users.close();

    const answer = await ask('{ me { username profile { bio } } }');
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ me: { username: ada.username, profile: null } });
    expect(answer.errors).toMatchObject([
      { path: ['me', 'profile'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } },
    ]);
    expect(answer.errors).toHaveLength(1);
    expect(answer.text).not.toMatch(INTERNALS);

    const write = await ask('mutation { updateProfile(input: { bio: "lost" }) { user { id } } }');
    expect(write.errors).toMatchObject([
      { path: ['updateProfile'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } },
    ]);

    const { status, body } = await health();
    expect(status).toBe(503);
    expect(body).toMatchObject({ gateway: 'ready', subgraphs: { auth: 'ready' } });
    expect(body).not.toMatchObject({ subgraphs: { users: 'ready' } });
    expect(JSON.stringify(body)).not.toMatch(INTERNALS);
    expect([await statusOf('/health/live'), await statusOf('/health/ready')]).toEqual([200, 200]);
  });

  it('gives one error when everything hangs on it', async () => {
    await stack.services.auth.close();
    const answer = await ask('{ me { username profile { bio } } }');
    expect(answer.data).toEqual({ me: null });
    expect(answer.errors).toMatchObject([
      { path: ['me'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'auth' } },
    ]);
    expect(answer.errors).toHaveLength(1);
    expect(answer.text).not.toMatch(INTERNALS);
  });

  it('has a token neither accepted nor called inactive while its database cannot tell', async () => {
    const validate = (token: string) =>
      sendGraphql(stack.services.gateway.url, {
        query: 'query ($token: String!) { validateToken(token: $token) { active userId } }',
        variables: { token },
      });
    const active = { data: { validateToken: { active: true, userId: ada.id } }, errors: [] };
    expect(await validate(ada.accessToken)).toMatchObject(active);
    await stack.sql('auth', 'ALTER TABLE sessions RENAME TO sessions_elsewhere');
    let answer = await validate(ada.accessToken);
    await eventually('nobody may believe what was known of sessions', async () => {
      answer = await validate(ada.accessToken);
      return answer.errors.length > 0;
    });
    expect(answer.data).toBeNull();
    expect(answer.errors).toMatchObject([
      { path: ['validateToken'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'auth' } },
    ]);
    expect(answer.text).not.toMatch(INTERNALS);
    // What is no token at all needs no database.
    const forged = await validate(`${ada.accessToken}x`);
    expect(forged).toMatchObject({ data: { validateToken: { active: false, userId: null } }, errors: [] });
    await stack.sql('auth', 'ALTER TABLE sessions_elsewhere RENAME TO sessions');
    await eventually('it is known again', async () => (await validate(ada.accessToken)).errors.length === 0);
    expect(await validate(ada.accessToken)).toMatchObject(active);
  });

  if (stackName() === 'distributed') {
    it('costs no more when it is there and its database is not, until that is back', async () => {
      const way = await startSlowProxy(stack.databaseUrls.users);
      afterwards = () => way.close();
      await stack.restart({ USERS_DATABASE_URL: way.url, DATABASE_TIMEOUT_MS: '1000' });
      const query = '{ me { username profile { bio } } }';
      const whole = { data: { me: { username: ada.username, profile: { bio: '' } } }, errors: [] };
      const usersReady = async () => (await fetch(`${stack.services.users.url}/health/ready`)).status;
      for (const fault of ['cut', 'freeze'] as const) {
        expect(await ask(query)).toMatchObject(whole);
        way[fault]();
        const answer = await ask(query);
        expect(answer.data).toEqual({ me: { username: ada.username, profile: null } });
        expect(answer.errors).toMatchObject([
          { path: ['me', 'profile'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } },
        ]);
        expect(answer.text).not.toMatch(INTERNALS);
        expect([await usersReady(), await statusOf('/health/ready')]).toEqual([503, 200]);
        way.heal();
        await eventually('profiles are answered again', async () => (await ask(query)).errors.length === 0);
        await eventually('Users is ready again', async () => (await usersReady()) === 200);
      }
    });
  }

  // One process runs all services of the embedded stack: there is nothing to come back on its own.
  if (stackName() === 'distributed') {
    it('is asked again as soon as it is back, without a restart of the gateway', async () => {
      for (const name of ['users', 'auth'] as const) {
        await stack.services[name].close();
        expect((await health()).status).toBe(503);
        await stack.services[name].startAgain?.();
        const answer = await ask('{ me { username profile { bio } } }');
        expect(answer).toMatchObject({ data: { me: { username: ada.username, profile: { bio: '' } } }, errors: [] });
        expect((await health()).status).toBe(200);
      }
    });
  }
});
