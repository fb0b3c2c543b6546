import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { sendRaw } from './harness/raw-http.js';
import { startStack, type TestStack } from './harness/stack.js';

let stack: TestStack;
let ada: Person;

beforeAll(async () => {
  stack = await startStack();
  ada = await registerSomebody(stack.client);
});

afterAll(async () => {
  await stack.close();
});

describe('a token in a URL, which others log and keep', () => {
  async function get(parameters: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
    const { status, body } = await sendRaw(stack.services.gateway.url, {
      method: 'GET',
      path: `/graphql?${new URLSearchParams(parameters).toString()}`,
      headers: Object.entries({ 'apollo-require-preflight': '1', ...headers }),
    });
    const answer: unknown = JSON.parse(body);
    return { status, body: answer };
  }

  it.each<readonly [string, string]>([
    ['as a literal', '{ validateToken(token: "x") { active } }'],
    ['as a variable', 'query ($token: String) { validateToken(token: $token) { active } }'],
    ['behind an alias', '{ me { id } a: validateToken(token: "x") { active } }'],
    ['in a fragment', 'query { ...F } fragment F on Query { ... { validateToken(token: "x") { active } } }'],
    ['under a condition', '{ validateToken(token: "x") @skip(if: true) { active } }'],
  ])('is refused as an argument, %s', async (_how, query) => {
    const refused = await get({ query, variables: JSON.stringify({ token: ada.accessToken }) });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } });
  });

  it('is no proof of who is asking', async () => {
    const answer = await get({ query: '{ me { id } }', access_token: ada.accessToken, token: ada.accessToken });
    expect(answer).toEqual({ status: 200, body: { data: { me: null } } });
  });

  it('is not needed: the header proves it, by GET as well', async () => {
    const answer = await get({ query: '{ me { id } validateToken { active } }' }, bearer(ada.accessToken));
    expect(answer).toEqual({ status: 200, body: { data: { me: { id: ada.id }, validateToken: { active: true } } } });
  });

  it('is no argument of a mutation either, which takes POST', async () => {
    const query = 'mutation { refreshSession(input: { refreshToken: "x" }) { userErrors { code } } }';
    expect((await get({ query })).status).toBe(405);
  });
});

describe('the endpoint of the gateway', () => {
  it('takes GET and POST, and echoes nothing to TRACE', async () => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
    const answers = await Promise.all(
      methods.map(async (method) => {
        const headers = [
          ['content-type', 'application/json'],
          ['x-echo', 'echo-me'],
        ] as const;
        const { status, body } = await sendRaw(stack.services.gateway.url, {
          method,
          path: '/graphql?query={__typename}',
          headers,
        });
        expect(body).not.toContain('echo-me');
        return [method, status];
      }),
    );
    expect(Object.fromEntries(answers)).toEqual({
      GET: 200,
      HEAD: 405,
      POST: 400,
      PUT: 405,
      PATCH: 405,
      DELETE: 405,
      OPTIONS: 405,
      TRACE: 405,
      PROPFIND: 405,
    });
  });

  it('tells nothing of the software behind it', async () => {
    const { headers } = await sendRaw(stack.services.gateway.url, { method: 'GET', path: '/health/live' });
    expect(Object.keys(headers).filter((name) => /^(server|x-powered-by|via)$/.test(name))).toEqual([]);
  });
});
