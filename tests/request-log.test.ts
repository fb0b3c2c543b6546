import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql } from './harness/graphql.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { sendRaw } from './harness/raw-http.js';
import { startStack, type TestStack } from './harness/stack.js';

type Line = Readonly<Record<string, unknown>>;

function parseLine(text: string): Line {
  const line: unknown = JSON.parse(text);
  return typeof line === 'object' && line !== null ? { ...line } : {};
}

describe('the line of the log for a request', () => {
  let stack: TestStack;
  let ada: Person;

  beforeAll(async () => {
    stack = await startStack();
    ada = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  /** All lines of a request, in each service; there are none before the answer has been sent. */
  async function linesOf(requestId: string, services: readonly string[]): Promise<Readonly<Record<string, Line>>> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const lines = stack.logs
        .map(parseLine)
        .filter((line) => line['requestId'] === requestId && line['msg'] === 'request');
      const byService = Object.fromEntries(lines.map((line) => [String(line['service']), line]));
      if (services.every((service) => service in byService)) return byService;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`no lines of ${requestId} in ${services.join(', ')}`);
  }

  async function send(query: string, headers: Readonly<Record<string, string>> = {}, services = ['gateway', 'auth']) {
    const requestId = randomUUID();
    const answer = await sendGraphql(stack.services.gateway.url, {
      query,
      headers: { 'x-request-id': requestId, ...headers },
    });
    expect(answer.headers.get('x-request-id')).toBe(requestId);
    return linesOf(requestId, services);
  }

  it('has the same id in every service, and says who asked for what and how it ended', async () => {
    const query = 'query NameOfTheClient { mine: me { id profile { bio } } ... on Query { node(id: "x") { id } } }';
    const lines = await send(query, bearer(ada.accessToken), ['gateway', 'auth', 'users']);
    expect(lines).toEqual({
      gateway: {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
        service: 'gateway',
        requestId: expect.any(String),
        method: 'POST',
        route: '/graphql',
        status: 200,
        durationMs: expect.any(Number),
        operation: 'query',
        fields: ['me', 'node'],
        clientAddress: '127.0.0.1',
        msg: 'request',
      },
      auth: expect.objectContaining({ status: 200, operation: 'query', fields: ['me', 'node'], userId: ada.id }),
      users: expect.objectContaining({ status: 200, operation: 'query', fields: ['_entities'], userId: ada.id }),
    });
    expect(lines['auth']).not.toHaveProperty('codes');
  });

  it('names every way in which a mutation has failed, whether the client asks for it or not', async () => {
    const login = (identifier: string, password: string) =>
      send(`mutation { login(input: { identifier: "${identifier}", password: "${password}" }) { __typename } }`);
    const failed = await login(ada.username, 'not the password');
    expect(failed['auth']).toMatchObject({ operation: 'mutation', fields: ['login'], codes: ['INVALID_CREDENTIALS'] });
    expect(failed['auth']).not.toHaveProperty('userId');
    const succeeded = await login(ada.username, ada.password);
    expect(succeeded['auth']).toMatchObject({ fields: ['login'], userId: ada.id });
    expect(succeeded['auth']).not.toHaveProperty('codes');
    const refused = await send('mutation { logout { revokedSessionCount } }', {}, ['gateway']);
    expect(refused['gateway']).toMatchObject({ fields: ['logout'], codes: ['UNAUTHENTICATED'] });
    const register = `mutation { register(input: { username: "!", email: "!", password: "x" }) { __typename } }`;
    expect((await send(register))['auth']).toMatchObject({ codes: ['INVALID_INPUT', 'PASSWORD_POLICY'] });
  });

  it('names the account that has logged in, and not the one whose token went along', async () => {
    const eve = await registerSomebody(stack.client);
    const login = async (password: string) => {
      const input = `identifier: "${ada.username}", password: "${password}"`;
      const lines = await send(`mutation { login(input: { ${input} }) { __typename } }`, bearer(eve.accessToken));
      return lines['auth'];
    };
    expect(await login('not the password')).toMatchObject({ codes: ['INVALID_CREDENTIALS'], userId: eve.id });
    expect(await login(ada.password)).toMatchObject({ fields: ['login'], userId: ada.id });
  });

  it('has another beside it that names the account that an administrator has acted on', async () => {
    const [admin, eve] = [await registerAdmin(stack), await registerSomebody(stack.client)];
    const { client } = await logInAgain(stack.client, eve);
    const sessionId = (await client.validateToken()).data?.validateToken.sessionId ?? '';
    const inputs = {
      revokeSession: `sessionId: "${sessionId}"`,
      setUserRoles: `userId: "${eve.id}", roles: [ADMIN]`,
      suspendUser: `userId: "${eve.id}"`,
      reinstateUser: `userId: "${eve.id}"`,
    };
    for (const [field, input] of Object.entries(inputs)) {
      const query = `mutation { ${field}(input: { ${input} }) { userErrors { code } } }`;
      const { auth } = await send(query, bearer(admin.accessToken));
      expect(auth).toMatchObject({ fields: [field], userId: admin.id });
      const beside = stack.logs.map(parseLine).filter(({ requestId }) => requestId === auth?.['requestId']);
      const target = { userId: eve.id, ...(field === 'revokeSession' ? { sessionId } : {}) };
      const about = { service: 'auth', level: 'info', fields: [field], actorId: admin.id, ...target };
      expect(beside.filter(({ actorId }) => actorId !== undefined)).toMatchObject([about]);
    }
    const own = (await admin.client.validateToken()).data?.validateToken.sessionId ?? '';
    await send(
      `mutation { revokeSession(input: { sessionId: "${own}" }) { userErrors { code } } }`,
      bearer(admin.accessToken),
    );
    expect(stack.logs.map(parseLine).filter(({ sessionId: id }) => id === own)).toEqual([]);
  });

  it('is there for what never reaches a subgraph, or is no operation', async () => {
    expect((await send('{ nothing }', {}, ['gateway']))['gateway']).toMatchObject({
      status: 400,
      codes: ['GRAPHQL_VALIDATION_FAILED'],
    });
    const { gateway, auth } = stack.services;
    const [notJson, stranger, probe] = [randomUUID(), randomUUID(), randomUUID()];
    const headers = [
      ['x-request-id', notJson],
      ['content-type', 'application/json'],
    ] as const;
    await sendRaw(gateway.url, { headers, body: '{' });
    expect((await linesOf(notJson, ['gateway']))['gateway']).toMatchObject({ status: 400, route: '/graphql' });
    await sendRaw(auth.url, { path: '/somewhere', headers: [['x-request-id', stranger]] });
    expect((await linesOf(stranger, ['auth']))['auth']).toMatchObject({ level: 'info', status: 401, route: 'other' });
    await sendRaw(auth.url, { method: 'GET', path: '/health/live', headers: [['x-request-id', probe]] });
    expect((await linesOf(probe, ['auth']))['auth']).toMatchObject({ level: 'debug', route: '/health/live' });
  });

  it.each(['two words', 'x'.repeat(32), 'a-quiet-harbour-at-dawn', '<script>', 'a\tb', 'ä', '{}', "' OR 1=1"])(
    'has an id of our own instead of %j',
    async (unacceptable) => {
      const body = JSON.stringify({ query: '{ me { id } }' });
      const headers = [
        ['x-request-id', unacceptable],
        ['content-type', 'application/json'],
      ] as const;
      const answer = await sendRaw(stack.services.gateway.url, { headers, body });
      const id = String(answer.headers['x-request-id']);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect(Object.keys(await linesOf(id, ['gateway', 'auth']))).toEqual(expect.arrayContaining(['gateway', 'auth']));
      expect(stack.logs.filter((line) => line.includes(JSON.stringify(unacceptable).slice(1, -1)))).toEqual([]);
    },
  );
});
