import { describe, expect, test } from '@jest/globals';
import { findBreakingChanges, judgeChanges } from '../../scripts/breaking-changes.js';
import { parseChangeNote } from '../../scripts/change-note.js';

const BEFORE = `
  type Query { user(id: ID!, hint: String): User }
  type User { id: ID! email: String! role: Role! }
  enum Role { USER ADMIN }
  input NewUser { name: String! nick: String }
  type Mutation { add(input: NewUser!): User }
`;

function coordinatesAfter(replace: string, by: string): Promise<readonly string[]> {
  expect(BEFORE).toContain(replace);
  return findBreakingChanges(BEFORE, BEFORE.replace(replace, by)).then((changes) =>
    changes.map(({ coordinate }) => coordinate),
  );
}

describe('findBreakingChanges', () => {
  test.each([
    ['a field removed', 'email: String!', '', ['User.email']],
    ['a field made nullable', 'email: String!', 'email: String', ['User.email']],
    ['a value removed', 'ADMIN', '', ['Role.ADMIN']],
    ['an argument removed', ', hint: String', '', ['Query.user.hint']],
    ['a required argument added', 'hint: String', 'hint: String!', ['Query.user.hint']],
    ['a required input field added', 'name: String!', 'name: String! age: Int!', ['NewUser.age']],
    [
      'a root field removed',
      'type Mutation { add(input: NewUser!): User }',
      '',
      ['SCHEMA_MUTATION_TYPE_CHANGED', 'Mutation'],
    ],
  ])('sees %s', async (_what, replace, by, expected) => {
    expect([...(await coordinatesAfter(replace, by))].sort()).toEqual([...expected].sort());
  });

  test.each([
    ['a field added', 'email: String!', 'email: String! nick: String'],
    ['an optional argument added', 'hint: String', 'hint: String, other: String'],
    ['a field deprecated', 'email: String!', 'email: String! @deprecated(reason: "use nick")'],
    ['nothing', 'type User', 'type User'],
  ])('is content with %s', async (_what, replace, by) => {
    await expect(coordinatesAfter(replace, by)).resolves.toEqual([]);
  });

  test('says which of the two is not a schema', async () => {
    await expect(findBreakingChanges(BEFORE, 'type Query {')).rejects.toThrow(
      /^schema\/api\.graphql is not a schema: /,
    );
    await expect(findBreakingChanges('nonsense', BEFORE)).rejects.toThrow(/^the previous schema\/api\.graphql is not/);
  });
});

describe('judgeChanges', () => {
  const change = { coordinate: 'User.email', message: 'gone' };

  test('lets a change pass only by exactly its coordinate', () => {
    const allowed = judgeChanges([change], [{ file: 'n.md', allows: ['User.id', 'User.email'] }]);
    const refused = judgeChanges([change], [{ file: 'n.md', allows: ['User', 'User.emailVerified'] }]);

    expect(allowed).toEqual([{ ...change, allowedBy: 'n.md' }]);
    expect(refused).toEqual([{ ...change, allowedBy: undefined }]);
  });
});

describe('parseChangeNote', () => {
  test('reads the coordinates', () => {
    const text = '---\nallows:\n  - User.email\n  - Role.ADMIN\n---\n\nNobody used them.\n';

    expect(parseChangeNote('n.md', text)).toEqual({ file: 'n.md', allows: ['User.email', 'Role.ADMIN'] });
    expect(parseChangeNote('n.md', text.replaceAll('\n', '\r\n')).allows).toHaveLength(2);
  });

  test.each([
    ['no front matter', 'Nobody used it.', /must begin with front matter/],
    ['no reason', '---\nallows: [User.email]\n---\n \n', /says nothing/],
    ['broken YAML', '---\nallows: [User.email\n---\nWhy.', /not YAML/],
    ['another key', '---\nallows: [User.email]\nauthor: me\n---\nWhy.', /`allows` and no other/],
    ['no list', '---\nallows: User.email\n---\nWhy.', /at least one/],
    ['an empty list', '---\nallows: []\n---\nWhy.', /at least one/],
    ['a pattern', '---\nallows: ["User.*"]\n---\nWhy.', /"User\.\*", which is no coordinate/],
    ['a number', '---\nallows: [1]\n---\nWhy.', /1, which is no coordinate/],
    ['one twice', '---\nallows: [User.email, User.email]\n---\nWhy.', /User\.email twice/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseChangeNote('schema/changes/n.md', text)).toThrow(message);
    expect(() => parseChangeNote('schema/changes/n.md', text)).toThrow(/^schema\/changes\/n\.md: /);
  });
});
