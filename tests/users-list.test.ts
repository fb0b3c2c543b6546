import type { Client } from '@identity/client/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

type Variables = NonNullable<Parameters<Client['users']>[0]>;

/** Everybody there is, in the order of their registration; the administrator comes first. */
const NAMES = ['Brunhild', 'anna', 'Annabel', 'ann-marie', 'otto', 'Özil', 'bruno', 'zoe'] as const;
const USERNAMES: Readonly<Record<string, string>> = { Özil: 'oezil' };
const EMAILS: Readonly<Record<string, string>> = {
  anna: 'anna@one.example',
  Annabel: 'Bella@two.example',
  bruno: 'bruno@163.example',
  otto: 'annika@three.example',
  Özil: 'mesut@MÜNCHEN.example',
  zoe: 'zoë@one.example',
};

let stack: TestStack;
let admin: Person;
let people: readonly Person[];

beforeAll(async () => {
  stack = await startStack();
  admin = await registerAdmin(stack);
  const registered: Person[] = [];
  for (const name of NAMES) {
    const email = EMAILS[name];
    const wishes = { username: USERNAMES[name] ?? name, ...(email === undefined ? {} : { email }) };
    registered.push(await registerSomebody(stack.client, wishes));
  }
  people = [admin, ...registered];
});

afterAll(async () => {
  await stack.close();
});

async function list(variables: Variables) {
  const { data, errors } = await admin.client.users(variables);
  expect(errors).toBeUndefined();
  if (data?.users == null) throw new Error('there is no list');
  return data.users;
}

async function namesOf(filter: Variables['filter']): Promise<readonly string[]> {
  return (await list({ filter: filter ?? null })).edges.map(({ node }) => node.username);
}

const usernames = (list: readonly { readonly username: string }[]) => list.map(({ username }) => username);

describe('the list of accounts', () => {
  it('holds everybody in the order of their registration, with their protected fields', async () => {
    const { edges, pageInfo, totalCount } = await list({});
    expect(edges.map(({ node }) => node.id)).toEqual(people.map(({ id }) => id));
    expect(edges.map(({ node }) => node.email)).toEqual(people.map(({ email }) => email));
    expect(edges[0]?.node).toMatchObject({ roles: ['ADMIN', 'USER'], status: 'ACTIVE', twoFactorEnabled: false });
    expect(pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: edges.at(0)?.cursor,
      endCursor: edges.at(-1)?.cursor,
    });
    expect(totalCount).toBe(people.length);
  });

  it.each([1, 2, 3, 4, 9, 10, 100])('is walked through forwards in pages of %d', async (first) => {
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page <= people.length; page += 1) {
      const { edges, pageInfo, totalCount }: Awaited<ReturnType<typeof list>> = await list({ first, after });
      seen.push(...edges.map(({ node }) => node.username));
      expect(totalCount).toBe(people.length);
      expect(pageInfo.hasPreviousPage).toBe(page > 0);
      expect(pageInfo.hasNextPage).toBe(seen.length < people.length);
      if (!pageInfo.hasNextPage) break;
      expect(edges).toHaveLength(first);
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(usernames(people));
  });

  it.each([1, 2, 3, 4, 9, 10, 100])('is walked through backwards in pages of %d', async (last) => {
    const seen: string[] = [];
    let before: string | null = null;
    for (let page = 0; page <= people.length; page += 1) {
      const { edges, pageInfo }: Awaited<ReturnType<typeof list>> = await list({ last, before });
      seen.unshift(...edges.map(({ node }) => node.username));
      expect(pageInfo.hasNextPage).toBe(page > 0);
      expect(pageInfo.hasPreviousPage).toBe(seen.length < people.length);
      if (!pageInfo.hasPreviousPage) break;
      expect(edges).toHaveLength(last);
      before = pageInfo.startCursor;
    }
    expect(seen).toEqual(usernames(people));
  });

  it('is cut at both ends by both cursors', async () => {
    const { edges } = await list({});
    const bounds = { after: edges[1]?.cursor ?? '', before: edges[6]?.cursor ?? '' };
    const between = usernames(people.slice(2, 6));
    const flags = (hasPreviousPage: boolean, hasNextPage: boolean) => ({ hasPreviousPage, hasNextPage });
    for (const [variables, expected] of [
      [{ first: 10 }, between],
      [{ last: 10 }, between],
      [{ first: 2 }, between.slice(0, 2)],
      [{ last: 2 }, between.slice(2)],
      [{ first: 0 }, []],
      [{ last: 0 }, []],
    ] as const) {
      const page = await list({ ...variables, ...bounds });
      expect({ variables, names: usernames(page.edges.map(({ node }) => node)) }).toEqual({
        variables,
        names: expected,
      });
      expect(page.pageInfo).toMatchObject(flags(true, true));
    }
    const everything = { after: null, before: edges[0]?.cursor ?? '' };
    expect((await list({ last: 5, ...everything })).pageInfo).toEqual({
      ...flags(false, true),
      startCursor: null,
      endCursor: null,
    });
    expect((await list({ first: 5, after: edges.at(-1)?.cursor ?? '' })).pageInfo).toMatchObject(flags(true, false));
  });

  it('goes on from a cursor whose account does not match the filter any more', async () => {
    const filter = { query: 'ann' };
    const { edges, pageInfo } = await list({ first: 1, filter });
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    await stack.sql('auth', `UPDATE accounts SET status = 'SUSPENDED' WHERE id = ?`, [edges[0]?.node.id ?? '']);
    try {
      const next = await list({ first: 2, after: pageInfo.endCursor, filter: { ...filter, status: 'ACTIVE' } });
      expect(next.edges.map(({ node }) => node.username)).toEqual(['Annabel', 'ann-marie']);
      expect(next.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    } finally {
      await stack.sql('auth', `UPDATE accounts SET status = 'ACTIVE'`);
    }
  });

  it.each<[Variables, readonly string[]]>([
    [{ first: 0 }, []],
    [{ first: null, last: null, after: null, before: null, filter: null }, []],
    [{ filter: { query: null, status: null, role: null } }, []],
    [{ first: -1 }, ['users BAD_USER_INPUT first']],
    [{ first: 101 }, ['users BAD_USER_INPUT first']],
    [{ last: -1 }, ['users BAD_USER_INPUT last']],
    [{ last: 101 }, ['users BAD_USER_INPUT last']],
    [{ first: 1, last: 1 }, ['users BAD_USER_INPUT last']],
    [{ first: 1, after: 'nonsense' }, ['users BAD_USER_INPUT after']],
    [{ first: 1, after: '' }, ['users BAD_USER_INPUT after']],
    [{ last: 1, before: 'nonsense' }, ['users BAD_USER_INPUT before']],
    [
      { first: 1, after: Buffer.from('session_01m854awnke04s50ft5bw89qwb').toString('base64url') },
      ['users BAD_USER_INPUT after'],
    ],
    [
      { first: 1, after: Buffer.from('user_01m854awnke04s50ft5bw89qwb').toString('base64') },
      ['users BAD_USER_INPUT after'],
    ],
  ])('takes its arguments for what they are: %j', async (variables, expected) => {
    const { data, errors } = await admin.client.users(variables);
    expect(summaryOf(errors)).toEqual(expected);
    expect(data?.users === null).toBe(expected.length > 0);
  });

  it('takes no cursor of another list', async () => {
    const sessions = await sendGraphql(stack.services.gateway.url, {
      query: '{ me { sessions { pageInfo { endCursor } } } }',
      headers: bearer(admin.accessToken),
    });
    const [, cursor = ''] = /"endCursor":"([^"]+)"/.exec(sessions.text) ?? [];
    expect(summaryOf((await admin.client.users({ after: cursor })).errors)).toEqual(['users BAD_USER_INPUT after']);
  });
});

describe('a filter of the list', () => {
  it.each<[string, readonly string[]]>([
    ['ann', ['anna', 'Annabel', 'ann-marie', 'otto']],
    [' ANN ', ['anna', 'Annabel', 'ann-marie', 'otto']],
    ['annabel', ['Annabel']],
    ['bella@', ['Annabel']],
    ['bru', ['Brunhild', 'bruno']],
    ['bruno@163', ['bruno']],
    ['zo', ['zoe']],
    ['zoë', ['zoe']],
    ['zoe\u0308@one', ['zoe']],
    ['mesut@münchen.example', ['oezil']],
    ['mesut@xn--mnchen', ['oezil']],
    ['nna', []],
    ['@', []],
    ['%', []],
    ['ann_', []],
    ["ann' OR '1'='1", []],
    ['ann\u0000', []],
    ['ann\uD800', []],
    ['x'.repeat(5_000), []],
  ])('finds by the beginning of username or address: %j', async (query, expected) => {
    expect(await namesOf({ query })).toEqual(expected);
    expect((await list({ first: 0, filter: { query } })).totalCount).toBe(expected.length);
  });

  it.each(['', '   '])('finds everybody by nothing: %j', async (query) => {
    expect(await namesOf({ query })).toEqual(usernames(people));
  });

  it('finds by status and by role, and by all conditions together', async () => {
    const suspended = people.slice(2, 5);
    for (const { id } of suspended) await admin.client.suspendUser({ input: { userId: id } });
    const [, second] = suspended;
    await admin.client.setUserRoles({ input: { userId: second?.id ?? '', roles: ['ADMIN'] } });

    expect(await namesOf({ status: 'SUSPENDED' })).toEqual(['anna', 'Annabel', 'ann-marie']);
    expect(await namesOf({ status: 'PENDING_DELETION' })).toEqual([]);
    expect(await namesOf({ role: 'ADMIN' })).toEqual([admin.username, 'Annabel']);
    expect(await namesOf({ role: 'USER' })).toEqual(usernames(people));
    expect(await namesOf({ role: 'ADMIN', status: 'ACTIVE' })).toEqual([admin.username]);
    expect(await namesOf({ query: 'ann', status: 'ACTIVE' })).toEqual(['otto']);
    expect(await namesOf({ query: 'ann', role: 'ADMIN', status: 'SUSPENDED' })).toEqual(['Annabel']);
    expect((await list({ first: 1, filter: { query: 'ann', status: 'SUSPENDED' } })).totalCount).toBe(3);
    const page = await list({ last: 2, filter: { status: 'SUSPENDED', role: 'USER', query: 'ann' } });
    expect(page.edges.map(({ node }) => node.username)).toEqual(['Annabel', 'ann-marie']);
    expect(page.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });
});

describe('what a page costs', () => {
  /** See the test of statements: what verifying a token costs at times says nothing about the operation. */
  const ASKED_INSTEAD_OF_REDIS = 'SELECT id FROM `sessions` WHERE id IN';

  async function cost(query: string): Promise<{ readonly auth: number; readonly users: number }> {
    const statements = await stack.statements.during(async () => {
      const answer = await sendGraphql(stack.services.gateway.url, { query, headers: bearer(admin.accessToken) });
      expect(answer.errors).toEqual([]);
    });
    const of = (name: string) =>
      statements.filter(({ subgraph, sql }) => subgraph === name && !sql.startsWith(ASKED_INSTEAD_OF_REDIS)).length;
    return { auth: of('auth'), users: of('users') };
  }

  it('does not depend on how many accounts are on it', async () => {
    // The ids and the accounts.
    expect(await cost('{ users(first: 2) { nodes { id email roles } } }')).toEqual({ auth: 2, users: 0 });
    expect(await cost('{ users(first: 100) { nodes { id email roles profile { bio } } } }')).toEqual({
      auth: 2,
      users: 1,
    });
    // And the sessions of all of them, and their numbers.
    const text = '{ users(first: 100) { nodes { profile { displayName } sessions { totalCount nodes { id } } } } }';
    expect(await cost(text)).toEqual({ auth: 4, users: 1 });
    expect(await cost('{ users(first: 100) { nodes { sessions(first: 1) { nodes { id } } } } }')).toEqual({
      auth: 3,
      users: 0,
    });
  });

  it('is what is asked for: neighbours and the total on demand', async () => {
    const after = (await list({ first: 1 })).pageInfo.endCursor ?? '';
    expect(await cost('{ users { pageInfo { hasNextPage hasPreviousPage } } }')).toEqual({ auth: 2, users: 0 });
    expect(await cost(`{ users(after: "${after}") { pageInfo { hasNextPage } } }`)).toEqual({ auth: 2, users: 0 });
    expect(await cost(`{ users(after: "${after}") { pageInfo { hasPreviousPage } } }`)).toEqual({ auth: 3, users: 0 });
    expect(await cost('{ users { totalCount } }')).toEqual({ auth: 3, users: 0 });
  });

  it('holds for the sessions of each, newest first', async () => {
    const [, someone] = people;
    const { username = '', password = '' } = someone ?? {};
    for (const deviceName of ['second', 'third'])
      await stack.client.login({ input: { identifier: username, password, deviceName } });
    const answer = await sendGraphql(stack.services.gateway.url, {
      query:
        '{ users(first: 3) { nodes { username sessions(first: 2) { totalCount nodes { deviceName } pageInfo { hasNextPage } } } } }',
      headers: bearer(admin.accessToken),
    });
    expect(answer.errors).toEqual([]);
    const nodes = [{ deviceName: null }];
    expect(answer.data).toMatchObject({
      users: {
        nodes: [
          // The administrator has logged in again to get the role. Suspended accounts have no sessions.
          {
            username: admin.username,
            sessions: { totalCount: 2, nodes: [...nodes, ...nodes], pageInfo: { hasNextPage: false } },
          },
          {
            username,
            sessions: {
              totalCount: 3,
              nodes: [{ deviceName: 'third' }, { deviceName: 'second' }],
              pageInfo: { hasNextPage: true },
            },
          },
          { username: 'anna', sessions: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } } },
        ],
      },
    });
  });
});
