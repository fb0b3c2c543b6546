import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf, startBreachService, type Answer, type BreachService } from './harness/breach-service.js';
import { sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { routerName } from './harness/router-name.js';
import { startStack, type TestStack } from './harness/stack.js';

/** Good enough for anybody, and nobody's name is in it. */
const PASSWORD = 'window seat 42 B';

let breaches: BreachService;
let stack: TestStack;
let counter = 0;

beforeAll(async () => {
  breaches = await startBreachService();
  stack = await startStack({
    environment: {
      PASSWORD_BREACH_CHECK_URL: breaches.url,
      BODY_LIMIT_BYTES: '524288',
      PASSWORD_CONTEXT_WORDS: 'zyxrocket, Rocket,Moonbase',
    },
  });
});

afterAll(async () => {
  await stack.close();
  await breaches.close();
});

async function register(changes: { username?: string; email?: string; password?: string }) {
  counter += 1;
  const identity = { username: `user-${counter}`, email: `mail${counter}@example.com`, password: PASSWORD };
  const { data, errors } = await stack.client.register({ input: { ...identity, ...changes } });
  expect(errors).toBeUndefined();
  if (data == null) throw new Error('there are neither data nor errors');
  return data.register;
}

/** What is wrong, as `path CODE` with the violations. */
function problemsIn(
  userErrors: readonly { path?: readonly string[] | null; code: string; violations?: readonly string[] }[],
): readonly string[] {
  return userErrors.map(({ path, code, violations = [] }) => [path?.join('.'), code, ...violations].join(' '));
}

async function problemsOf(changes: Parameters<typeof register>[0]): Promise<readonly string[]> {
  return problemsIn((await register(changes)).userErrors);
}

describe('the password policy', () => {
  const identity = { username: 'grace.hopper', email: 'amazing@example.com' };

  it.each<[string, string, readonly string[], Partial<typeof identity>?]>([
    ['seven characters', 'k3#Vq9z', ['TOO_SHORT']],
    ['nothing', '', ['TOO_SHORT']],
    ['seven characters of two units each', '\u{1F98A}'.repeat(7), ['TOO_SHORT']],
    ['1,025 characters', 'k3#Vq9zL'.repeat(129).slice(0, 1_025), ['TOO_LONG']],
    ['a lot of text', 'k3#Vq9zL'.repeat(5_000), ['TOO_LONG']],
    ['one that everybody uses', 'password1', ['TOO_COMMON']],
    ['the same in capitals', 'PassWord1', ['TOO_COMMON']],
    ['one digit over and over', '88888888', ['TOO_COMMON']],
    ['a row of letters', 'abcdefgh', ['TOO_COMMON']],
    ['a row of keys, backwards', 'poiuytrewq', ['TOO_COMMON']],
    ['a syllable three times', 'blablabla', ['TOO_COMMON']],
    ['a date', '01012009', ['TOO_COMMON']],
    ['words of the context with digits around them', 'MoonBase-rocket!2031', ['TOO_COMMON']],
    ['a longer word of the context', 'zyxrocket77', ['TOO_COMMON']],
    ['a short one that everybody uses', '123456', ['TOO_SHORT', 'TOO_COMMON']],
    ['the username in it', 'my-GRACE.hopper-1', ['CONTAINS_IDENTITY']],
    ['the local part of the address in it', 'xxAMAZINGxx', ['CONTAINS_IDENTITY']],
    ['the address in it', '1 amazing@example.com 1', ['CONTAINS_IDENTITY']],
    ['the address of a short name in it', 'my-ada@example.com-1', ['CONTAINS_IDENTITY'], { email: 'ada@example.com' }],
    ['a username of four letters in it', 'k3#-jane-Vq9z', ['CONTAINS_IDENTITY'], { username: 'jane' }],
    ['a username of five letters in it', 'k3#-janet-Vq9z', ['CONTAINS_IDENTITY'], { username: 'janet' }],
    ['a local part of four letters in it', 'k3#-joan-Vq9z', ['CONTAINS_IDENTITY'], { email: 'joan@example.com' }],
    ['the username after 600 emoji', `${'\u{1F98A}'.repeat(600)}grace.hopper`, ['CONTAINS_IDENTITY']],
    ['the username at the very end', `${'\u{1F98A}'.repeat(1_012)}Grace.Hopper`, ['CONTAINS_IDENTITY']],
    ['the username in wide letters', '\uFF47\uFF52\uFF41\uFF43\uFF45.hopper!!', ['CONTAINS_IDENTITY']],
  ])('refuses %s', async (_what, password, violations, changes = {}) => {
    expect(await problemsOf({ ...identity, ...changes, password })).toEqual([
      `password PASSWORD_POLICY ${violations.join(' ')}`,
    ]);
  });

  it('refuses the identity also where its last letter has a form of its own', async () => {
    expect(await problemsOf({ email: 'αλέξανδρος@example.com', password: 'αλέξανδρος-31' })).toEqual([
      'password PASSWORD_POLICY CONTAINS_IDENTITY',
    ]);
  });

  it('accepts a name of three letters in it, which is in many words', async () => {
    expect(await problemsOf({ username: 'kay', email: 'eve@example.com', password: 'okay-however-31' })).toEqual([]);
  });

  it('tells every rule that is broken', async () => {
    expect(await problemsOf({ username: 'qwerty', password: 'qwerty' })).toEqual([
      'password PASSWORD_POLICY TOO_SHORT TOO_COMMON CONTAINS_IDENTITY',
    ]);
  });

  it.each([
    ['eight characters', 'k3#Vq9zL'],
    ['words of the context among others', 'my rocket left the moonbase'],
    ['1,024 characters', 'k3#Vq9zL'.repeat(128)],
    ['64 characters of two units each', '\u{1F98A}'.repeat(64)],
    ['1,024 characters of two units each', '\u{1F98A}'.repeat(1_024)],
    ['only spaces in between', 'a        z'],
    ['a NUL within', 'k3#V\u0000q9zL'],
  ])('accepts %s', async (_what, password) => {
    const { user, userErrors } = await register({ password });
    expect(userErrors).toEqual([]);
    const { data } = await stack.client.login({ input: { identifier: user?.email ?? '', password } });
    expect(data?.login.user?.id).toBe(user?.id);
  });

  /** Whether somebody who registers with the one password can log in with the other. */
  async function isSame(password: string, other: string): Promise<boolean> {
    const { user, userErrors } = await register({ password });
    expect(userErrors).toEqual([]);
    const { data } = await stack.client.login({ input: { identifier: user?.username ?? '', password: other } });
    const codes = data?.login.userErrors.map(({ code }) => code);
    expect(codes).toEqual(data?.login.user === null ? ['INVALID_CREDENTIALS'] : []);
    return data?.login.user?.id === user?.id;
  }

  it.each([
    ['in byte 90 of 100', `${'k3#Vq9zL'.repeat(12)}abcd`, `${'k3#Vq9zL'.repeat(11)}kX#Vq9zLabcd`],
    ['after a NUL', 'k3#Vq9zL\u0000one', 'k3#Vq9zL\u0000two'],
    ['by a NUL at the end', 'k3#Vq9zL', 'k3#Vq9zL\u0000'],
    ['by case', 'k3#Vq9zL', 'k3#vq9zl'],
    ['by a space at the end', 'k3#Vq9zL', 'k3#Vq9zL '],
    ['by an accent', 'm\u00fcnchen#9', 'munchen#9'],
  ])('tells two apart that differ %s', async (_what, one, other) => {
    expect(await isSame(one, other)).toBe(false);
  });

  describe('takes half a character', () => {
    const HALVES = ['k3#Vq9zL\uD83E', '\uDD8Ak3#Vq9zL', 'k3#V\uDD8A\uD83Eq9zL', 'k3#\uD83E'];

    it.each(HALVES)('for no part of a new password (%#)', async (half) => {
      expect(await problemsOf({ password: half })).toEqual(['password INVALID_INPUT']);
      const ada = await registerSomebody(stack.client);
      const input = { currentPassword: ada.password, newPassword: half };
      const { data } = await ada.client.changePassword({ input });
      expect(problemsIn(data?.changePassword.userErrors ?? [])).toEqual(['newPassword INVALID_INPUT']);
    });

    it('for no other one that UTF-8 would make the same of', async () => {
      const password = 'k3#Vq9zL\uFFFD';
      expect(await isSame(password, 'k3#Vq9zL\uD83E')).toBe(false);
      const ada = await registerSomebody(stack.client, { password });
      const input = { currentPassword: 'k3#Vq9zL\uD83E', newPassword: PASSWORD };
      const { data } = await ada.client.changePassword({ input });
      expect(problemsIn(data?.changePassword.userErrors ?? [])).toEqual(['currentPassword INVALID_CREDENTIALS']);
    });
  });

  it.each([
    ['composed and decomposed letters', 'caf\u00e9 #9 lune', 'cafe\u0301 #9 lune'],
    ['wide and narrow letters', 'k3#Vq9zL', '\uFF4B\uFF13#Vq9zL'],
  ])('takes %s for the same', async (_what, one, other) => {
    expect(await isSame(one, other)).toBe(true);
  });
});

describe('a password of half a megabyte', () => {
  const huge = 'k3#Vq9zL'.repeat(65_000);

  it('is too long to be one', async () => {
    expect(await problemsOf({ password: huge })).toEqual(['password PASSWORD_POLICY TOO_LONG']);
    const ada = await registerSomebody(stack.client);
    const changed = await ada.client.changePassword({ input: { currentPassword: ada.password, newPassword: huge } });
    expect(problemsIn(changed.data?.changePassword.userErrors ?? [])).toEqual(['newPassword PASSWORD_POLICY TOO_LONG']);
  });

  it("is nobody's", async () => {
    const ada = await registerSomebody(stack.client);
    const { data } = await stack.client.login({ input: { identifier: ada.username, password: huge } });
    expect(problemsIn(data?.login.userErrors ?? [])).toEqual([' INVALID_CREDENTIALS']);
    const changed = await ada.client.changePassword({ input: { currentPassword: huge, newPassword: PASSWORD } });
    expect(problemsIn(changed.data?.changePassword.userErrors ?? [])).toEqual(['currentPassword INVALID_CREDENTIALS']);
  });
});

describe('a password known from breaches', () => {
  it('is refused', async () => {
    breaches.add('seventh heaven 7', 3);
    expect(await problemsOf({ password: 'seventh heaven 7' })).toEqual(['password PASSWORD_POLICY BREACHED']);
    const ada = await registerSomebody(stack.client);
    const { data } = await ada.client.changePassword({
      input: { currentPassword: ada.password, newPassword: 'seventh heaven 7' },
    });
    expect(problemsIn(data?.changePassword.userErrors ?? [])).toEqual(['newPassword PASSWORD_POLICY BREACHED']);
  });

  it('is one in every way of typing it', async () => {
    breaches.add('caf\u00e9 au lait 9', 1);
    expect(await problemsOf({ password: 'cafe\u0301 au lait 9' })).toEqual(['password PASSWORD_POLICY BREACHED']);
  });

  it('is told together with every other rule that is broken', async () => {
    breaches.add('qwerty', 10_000_000);
    expect(await problemsOf({ username: 'qwerty', password: 'qwerty' })).toEqual([
      'password PASSWORD_POLICY TOO_SHORT TOO_COMMON CONTAINS_IDENTITY BREACHED',
    ]);
  });

  it('is not one that only pads the answer', async () => {
    breaches.add('seventh heaven 8', 0);
    expect(await problemsOf({ password: 'seventh heaven 8' })).toEqual([]);
  });

  it('is looked up by five digits of its digest, padded, and by nothing more', async () => {
    const before = breaches.requests.length;
    expect(await problemsOf({ password: 'an unheard-of one 5' })).toEqual([]);
    const path = `/range/${digestOf('an unheard-of one 5').slice(0, 5)}`;
    expect(breaches.requests.slice(before)).toEqual([{ path, padding: 'true' }]);
  });

  it('is looked up when a password is chosen, and never when one is tried', async () => {
    const ada = await registerSomebody(stack.client);
    const before = breaches.requests.length;
    for (const password of [ada.password, 'not the password']) {
      await stack.client.login({ input: { identifier: ada.username, password } });
    }
    await ada.client.changePassword({ input: { currentPassword: 'not the password', newPassword: PASSWORD } });
    await register({ password: 'k3#Vq9zL'.repeat(129) });
    expect(breaches.requests).toHaveLength(before);
  });

  it('is looked up while a login hashes the current one anew, and the change goes on with that', async () => {
    const ada = await registerSomebody(stack.client);
    await stack.restart({ BCRYPT_COST: '5' });
    const { client } = stack;
    const logins: unknown[] = [];
    breaches.answerBy((response, body) => {
      void client.login({ input: { identifier: ada.username, password: ada.password } }).then(({ data }) => {
        logins.push(data?.login.userErrors);
        response.end(body);
      });
    });
    try {
      const changing = client.withAccessToken(ada.accessToken);
      const input = { currentPassword: ada.password, newPassword: 'another quiet harbour' };
      const { data } = await changing.changePassword({ input });
      expect(data?.changePassword).toMatchObject({ userErrors: [], revokedSessionCount: 1 });
    } finally {
      breaches.answerBy();
    }
    expect(logins).toEqual([[]]);
    const login = async (password: string) =>
      (await client.login({ input: { identifier: ada.username, password } })).data?.login.userErrors;
    expect(await login('another quiet harbour')).toEqual([]);
    expect(await login(ada.password)).toMatchObject([{ code: 'INVALID_CREDENTIALS' }]);
  });

  it.each<[string, Answer]>([
    ['fails', (response, body) => response.writeHead(500).end(body)],
    ['wants to be paid', (response, body) => response.writeHead(429).end(body)],
    ['answers with a page', (response) => response.end('<html><body>Welcome to the airport</body></html>')],
    ['answers with a page that has such a line', (response, body) => response.end(`<html>\r\n${body}`)],
    ['leads elsewhere', (response) => response.writeHead(302, { location: `${breaches.url}/00000` }).end()],
    ['does not stop talking', (response, body) => response.end(`${body}\r\n`.repeat(50))],
    ['breaks off', (response, body) => void response.write(body, () => response.destroy())],
    ['hangs up', (response) => response.destroy()],
    ['never answers', () => undefined],
    ['never finishes', (response, body) => response.write(body)],
  ])('passes while the service %s, which is logged without a trace of the password', async (_what, answer) => {
    const password = `${_what} seventh heaven`;
    breaches.add(password, 5);
    expect(await problemsOf({ password })).toEqual(['password PASSWORD_POLICY BREACHED']);
    breaches.answerBy(answer);
    const logged = stack.logs.length;
    const asked = breaches.requests.length;
    try {
      expect(await problemsOf({ password })).toEqual([]);
    } finally {
      breaches.answerBy();
    }
    expect(breaches.requests).toHaveLength(asked + 1);
    const lines = stack.logs.slice(logged);
    expect(lines.filter((line) => line.includes('looked up among breached'))).toHaveLength(1);
    const traces = [password, digestOf(password).slice(0, 5), digestOf(password).slice(5)];
    expect(lines.filter((line) => traces.some((trace) => line.includes(trace)))).toEqual([]);
  });

  it('passes while nobody listens there', async () => {
    const gone = await startBreachService();
    await gone.close();
    const elsewhere = await startStack({ environment: { PASSWORD_BREACH_CHECK_URL: gone.url } });
    try {
      await registerSomebody(elsewhere.client);
      expect(elsewhere.logs.filter((line) => line.includes('looked up among breached'))).toHaveLength(1);
    } finally {
      await elsewhere.close();
    }
  });
});

// Other routers leave the size of bodies to the proxy in front.
if (routerName() === 'gateway')
  describe('a request larger than the limit', () => {
    it('is not even read for a password', async () => {
      const small = await startStack();
      try {
        const { status, errors } = await sendGraphql(small.services.gateway.url, {
          query:
            'mutation ($password: String!) { login(input: { identifier: "ada", password: $password }) { user { id } } }',
          variables: { password: 'x'.repeat(1_000_000) },
        });
        expect({ status, errors: summaryOf(errors) }).toEqual({ status: 413, errors: ['BAD_USER_INPUT'] });
      } finally {
        await small.close();
      }
    });
  });
