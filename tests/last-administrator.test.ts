import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf } from './harness/access.js';
import { isLong } from './harness/length.js';
import { outcomeOf } from './harness/mutation-outcome.js';
import { logInAgain, registerAdmin, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

/** How often what depends on the moment is tried. */
const ROUNDS = isLong ? 8 : 3;

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(async () => {
  await stack.close();
});

async function activeAdmins(): Promise<readonly unknown[]> {
  return stack.sql(
    'auth',
    `SELECT a.id FROM accounts a JOIN account_roles r ON r.account_id = a.id
     WHERE r.role = 'ADMIN' AND a.status = 'ACTIVE'`,
  );
}

async function makeOnlyAdmins(...people: readonly Person[]): Promise<void> {
  await stack.sql('auth', `DELETE FROM account_roles WHERE role = 'ADMIN'`);
  for (const { id } of people)
    await stack.sql('auth', `INSERT INTO account_roles (account_id, role) VALUES (?, 'ADMIN')`, [id]);
}

const demote = (actor: Person, target: Person) =>
  outcomeOf(actor.client.setUserRoles({ input: { userId: target.id, roles: ['USER'] } }));
const suspend = (actor: Person, target: Person) =>
  outcomeOf(actor.client.suspendUser({ input: { userId: target.id } }));

type Attack = typeof demote;

/** What two administrators do to each other. */
const PAIRS: readonly (readonly [string, string, Attack, Attack])[] = [
  ['demote', 'demote', demote, demote],
  ['suspend', 'suspend', suspend, suspend],
  ['demote', 'suspend', demote, suspend],
];

/** What becomes of it when two who are the only administrators but for the bystanders do so at the same time. */
async function attackEachOther(
  [ada, bob]: readonly [Person, Person],
  [first, second]: readonly [Attack, Attack],
  ...bystanders: readonly Person[]
): Promise<readonly (readonly string[])[]> {
  await makeOnlyAdmins(ada, bob, ...bystanders);
  await stack.sql('auth', `UPDATE accounts SET status = 'ACTIVE' WHERE id IN (?, ?)`, [ada.id, bob.id]);
  const [a, b] = [await logInAgain(stack.client, ada), await logInAgain(stack.client, bob)];
  return Promise.all([first(a, b), second(b, a)]);
}

/** Each the next one, all at the same time. */
function deposeInCircle(people: readonly Person[]): Promise<readonly (readonly string[])[]> {
  return Promise.all(people.map((person, index) => demote(person, people[(index + 1) % people.length] ?? person)));
}

describe('the last administrator', () => {
  it('remains when many depose each other in a circle', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => registerAdmin(stack)));
    await makeOnlyAdmins(...people);
    const outcomes = await deposeInCircle(people);
    const deposed = outcomes.filter((outcome) => outcome.length === 0).length;
    expect(deposed).toBeLessThan(people.length);
    expect(await activeAdmins()).toHaveLength(people.length - deposed);
    for (const outcome of outcomes.filter(({ length }) => length > 0))
      expect(outcome.join()).toMatch(/^(LAST_ADMIN userId|setUserRoles UNAUTHENTICATED TOKEN_REVOKED)$/);
  });

  it('stays one', async () => {
    const admin = await registerAdmin(stack);
    await makeOnlyAdmins(admin);
    expect(await demote(admin, admin)).toEqual(['LAST_ADMIN userId']);
    expect(await suspend(admin, admin)).toEqual(['LAST_ADMIN userId']);
    expect(await refusalsOf(admin)).toEqual([]);
    expect(await activeAdmins()).toEqual([{ id: admin.id }]);
  });

  it('is the last one that can log in', async () => {
    const [admin, other] = [await registerAdmin(stack), await registerAdmin(stack)];
    await makeOnlyAdmins(admin, other);
    expect(await suspend(admin, other)).toEqual([]);
    expect(await demote(admin, admin)).toEqual(['LAST_ADMIN userId']);
    expect(await demote(admin, other)).toEqual([]);
    expect(await activeAdmins()).toEqual([{ id: admin.id }]);
  });

  it.each(PAIRS)('remains when two %s and %s each other at the same time', async (_first, _second, first, second) => {
    const [ada, bob] = [await registerAdmin(stack), await registerAdmin(stack)];
    for (let round = 0; round < ROUNDS; round += 1) {
      const outcomes = await attackEachOther([ada, bob], [first, second]);
      expect(outcomes.filter((outcome) => outcome.length === 0)).toHaveLength(1);
      expect(outcomes.flat().join()).toMatch(/^(LAST_ADMIN userId|\w+ UNAUTHENTICATED TOKEN_REVOKED)$/);
      expect(await activeAdmins()).toHaveLength(1);
    }
  });
});

describe('an administrator who has just been deposed', () => {
  /** As if it had happened while a mutation was on its way: the token still lives. */
  const ENDS = {
    'the role is gone': `DELETE FROM account_roles WHERE role = 'ADMIN' AND account_id = ?`,
    'the account is suspended': `UPDATE accounts SET status = 'SUSPENDED' WHERE id = ?`,
  };
  const MUTATIONS: Readonly<Record<string, Attack>> = {
    setUserRoles: demote,
    suspendUser: suspend,
    reinstateUser: (actor, target) => outcomeOf(actor.client.reinstateUser({ input: { userId: target.id } })),
  };

  async function stateOf({ id }: Person): Promise<readonly unknown[]> {
    return [
      await stack.sql('auth', 'SELECT status FROM accounts WHERE id = ?', [id]),
      await stack.sql('auth', 'SELECT role FROM account_roles WHERE account_id = ? ORDER BY role', [id]),
      await stack.sql('auth', 'SELECT id FROM sessions WHERE account_id = ? AND revoked_at IS NULL ORDER BY id', [id]),
    ];
  }

  const cases = Object.entries(ENDS).flatMap(([end, statement]) =>
    Object.keys(MUTATIONS).map((mutation) => [mutation, end, statement] as const),
  );

  it.each(cases)('changes nothing by %s when %s', async (mutation, _end, statement) => {
    const [admin, ada] = [await registerAdmin(stack), await registerAdmin(stack)];
    if (mutation === 'reinstateUser') await suspend(admin, ada);
    const before = await stateOf(ada);
    await stack.sql('auth', statement, [admin.id]);
    expect(await MUTATIONS[mutation]?.(admin, ada)).toEqual([`${mutation} UNAUTHENTICATED TOKEN_REVOKED`]);
    expect(await stateOf(ada)).toEqual(before);
  });

  it.each(PAIRS)('cannot %s whoever manages to %s them at the same time', async (_first, _second, first, second) => {
    const [ada, bob, eve] = [await registerAdmin(stack), await registerAdmin(stack), await registerAdmin(stack)];
    for (let round = 0; round < ROUNDS; round += 1) {
      const outcomes = await attackEachOther([ada, bob], [first, second], eve);
      expect(outcomes.filter((outcome) => outcome.length === 0)).toHaveLength(1);
      expect(outcomes.flat().join()).toMatch(/^\w+ UNAUTHENTICATED TOKEN_REVOKED$/);
      expect(await activeAdmins()).toHaveLength(2);
    }
  });

  it('deposes nobody in a circle, so that one of it is left whatever the order', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => registerAdmin(stack)));
    // Nobody in the circle is ever the last one, so that nothing else holds them back.
    await makeOnlyAdmins(...people, await registerAdmin(stack));
    const outcomes = await deposeInCircle(people);
    const deposed = outcomes.filter((outcome) => outcome.length === 0).length;
    expect(deposed).toBeLessThan(people.length);
    expect(await activeAdmins()).toHaveLength(people.length + 1 - deposed);
    for (const outcome of outcomes.filter(({ length }) => length > 0))
      expect(outcome).toEqual(['setUserRoles UNAUTHENTICATED TOKEN_REVOKED']);
  });
});
