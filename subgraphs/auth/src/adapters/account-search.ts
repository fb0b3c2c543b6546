import type { Database } from '@identity/database/connect';
import { QueryTypes } from 'sequelize';
import type { AccountCriteria, AccountSearch } from '../domain/ports.js';

/** What is put in place of `:name` in SQL. */
type Values = Readonly<Record<string, string | number | Buffer>>;

/** Which ids to look at: comparisons, each followed by a value. */
type IdBounds = readonly (readonly [comparison: '>' | '>=' | '<' | '<=', id: string])[];

/** Finds accounts in SQL, by ranges of indexes: what does not match is not read. */
export function createAccountSearch({ sequelize, dialect }: Pick<Database, 'sequelize' | 'dialect'>): AccountSearch {
  // Left to itself, MariaDB compares nothing but the status with the index and reads all entries before the bound.
  const byStatus = dialect === 'mysql' ? 'accounts FORCE INDEX (accounts_status_id_index)' : 'accounts';

  async function findIds(criteria: AccountCriteria, bounds: IdBounds, order: 'ASC' | 'DESC', limit: number) {
    const rows = await sequelize.query<{ id: string }>(
      `SELECT id FROM ${matching(criteria, bounds, byStatus)} ORDER BY id ${order} LIMIT :limit`,
      { type: QueryTypes.SELECT, replacements: { ...valuesOf(criteria, bounds), limit } },
    );
    return rows.map(({ id }) => id);
  }

  async function exists(criteria: AccountCriteria, bounds: IdBounds): Promise<boolean> {
    return (await findIds(criteria, bounds, 'ASC', 1)).length > 0;
  }

  return {
    findIds(criteria, { afterId, beforeId, fromEnd, limit }) {
      const bounds: IdBounds = [
        ...(afterId === null ? [] : [['>', afterId] as const]),
        ...(beforeId === null ? [] : [['<', beforeId] as const]),
      ];
      return findIds(criteria, bounds, fromEnd ? 'DESC' : 'ASC', limit);
    },

    existsUpTo: (criteria, id) => exists(criteria, [['<=', id]]),

    existsFrom: (criteria, id) => exists(criteria, [['>=', id]]),

    async count(criteria) {
      const [row] = await sequelize.query<{ total: number }>(
        `SELECT COUNT(*) AS total FROM ${matching(criteria, [], byStatus)}`,
        {
          type: QueryTypes.SELECT,
          replacements: valuesOf(criteria, []),
        },
      );
      return row?.total ?? 0;
    },
  };
}

/** A relation of the ids of matching accounts: a list of ids by each condition, and what is on all of them. */
function matching({ prefix, role, status }: AccountCriteria, bounds: IdBounds, byStatus: string): string {
  const within = (column: string) =>
    bounds.map(([comparison], index) => ` AND ${column} ${comparison} :bound${String(index)}`).join('');
  const beginning = (column: string) =>
    `SELECT id FROM accounts WHERE ${column} >= :${column} AND ${column} < :${column}_end${within('id')}`;
  const lists = [
    ...(prefix === null ? [] : [`${beginning('username_key')} UNION ${beginning('email_key')}`]),
    ...(role === null ? [] : [`SELECT account_id AS id FROM account_roles WHERE role = :role${within('account_id')}`]),
    ...(status === null ? [] : [`SELECT id FROM ${byStatus} WHERE status = :status${within('id')}`]),
  ];
  // An OR over the columns instead would leave it to the database whether it reads all accounts.
  const relations = lists.length === 0 ? [`SELECT id FROM accounts WHERE TRUE${within('id')}`] : lists;
  return relations
    .map((list, index) => (index === 0 ? `(${list}) AS list0` : `JOIN (${list}) AS list${String(index)} USING (id)`))
    .join(' ');
}

function valuesOf({ prefix, role, status }: AccountCriteria, bounds: IdBounds): Values {
  return {
    ...(prefix === null
      ? {}
      : { ...rangeOf('username_key', prefix.usernameKey), ...rangeOf('email_key', prefix.emailKey) }),
    ...(role === null ? {} : { role }),
    ...(status === null ? {} : { status }),
    ...Object.fromEntries(bounds.map(([, id], index) => [`bound${String(index)}`, id])),
  };
}

/** From the prefix itself to the first key that does not begin so. */
function rangeOf(column: string, prefix: string): Values {
  const from = Buffer.from(prefix);
  // No byte of UTF-8 is 255, so that the last one can always be counted up.
  const end = Buffer.from(from);
  const last = end.length - 1;
  end.writeUInt8(end.readUInt8(last) + 1, last);
  return { [column]: from, [`${column}_end`]: end };
}
