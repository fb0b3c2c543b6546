import type { Database } from '@identity/database/connect';
import type { RequestTime } from '@identity/service-kit/request-time';
import type { AccountCriteria, AccountSearch } from '../domain/ports.js';

/** Which ids to look at: comparisons, each followed by a value. */
type IdBounds = readonly (readonly [comparison: '>' | '>=' | '<' | '<=', id: string])[];

/** A part of a statement, with a value for each of its `?`. */
interface Part {
  readonly sql: string;
  readonly values: readonly (string | Buffer)[];
}

/** Finds accounts in SQL, by ranges of indexes: what does not match is not read. */
export function createAccountSearch({
  prepareRead,
  dialect,
}: Pick<Database, 'prepareRead' | 'dialect'>): AccountSearch {
  // Left to itself, MariaDB compares nothing but the status with the index and reads all entries before the bound.
  const byStatus = dialect === 'mysql' ? 'accounts FORCE INDEX (accounts_status_id_index)' : 'accounts';
  // Either one keeps the order in which the tables are written.
  const thenJoin = dialect === 'mysql' ? 'STRAIGHT_JOIN' : 'CROSS JOIN';

  async function findIds(
    criteria: AccountCriteria,
    bounds: IdBounds,
    end: `ORDER BY id ${'ASC' | 'DESC'} LIMIT ${number}`,
    time: RequestTime | undefined,
  ): Promise<readonly string[]> {
    const { sql, values } = matching(criteria, bounds, { byStatus, thenJoin });
    const rows = await prepareRead<{ readonly id: string }>(`SELECT id FROM ${sql} ${end}`)(values, null, time);
    return rows.map(({ id }) => id);
  }

  async function exists(criteria: AccountCriteria, bounds: IdBounds, time: RequestTime | undefined): Promise<boolean> {
    return (await findIds(criteria, bounds, 'ORDER BY id ASC LIMIT 1', time)).length > 0;
  }

  return {
    findIds(criteria, { afterId, beforeId, fromEnd, limit }, time) {
      const bounds: IdBounds = [
        ...(afterId === null ? [] : [['>', afterId] as const]),
        ...(beforeId === null ? [] : [['<', beforeId] as const]),
      ];
      return findIds(criteria, bounds, `ORDER BY id ${fromEnd ? 'DESC' : 'ASC'} LIMIT ${limit}`, time);
    },

    existsUpTo: (criteria, id, time) => exists(criteria, [['<=', id]], time),

    existsFrom: (criteria, id, time) => exists(criteria, [['>=', id]], time),

    async count(criteria, time) {
      const { sql, values } = matching(criteria, [], { byStatus, thenJoin });
      const read = prepareRead<{ readonly total: number }>(`SELECT COUNT(*) AS total FROM ${sql}`);
      const [row] = await read(values, null, time);
      return row?.total ?? 0;
    },
  };
}

/** The role that nearly everybody has: its list is longer than any other. */
const COMMON_ROLE = 'USER';

type Prefix = NonNullable<AccountCriteria['prefix']>;

/** What is spelt differently in each dialect. */
interface Spelling {
  readonly byStatus: string;
  readonly thenJoin: string;
}

/** A relation of the ids of matching accounts: a list of ids by each condition, and what is on all of them. */
function matching({ prefix, role, status }: AccountCriteria, bounds: IdBounds, { byStatus, thenJoin }: Spelling): Part {
  const ids = bounds.map(([, id]) => id);
  const within = (column: string) => bounds.map(([comparison]) => ` AND ${column} ${comparison} ?`).join('');
  const beginning = (column: string, key: string): Part => ({
    sql: `SELECT id FROM \`accounts\` WHERE ${column} >= ? AND ${column} < ?${within('id')}`,
    values: [...rangeOf(key), ...ids],
  });
  const ofRole = (of: string): Part => ({
    sql: `SELECT account_id AS id FROM \`account_roles\` WHERE role = ?${within('account_id')}`,
    values: [of, ...ids],
  });
  const ofRoleAndName = (of: string, { usernameKey, emailKey }: Prefix): Part => ({
    sql:
      `SELECT account_id AS id FROM \`account_roles\` ${thenJoin} \`accounts\` ON id = account_id WHERE role = ?` +
      `${within('account_id')} AND (username_key >= ? AND username_key < ? OR email_key >= ? AND email_key < ?)`,
    values: [of, ...ids, ...rangeOf(usernameKey), ...rangeOf(emailKey)],
  });
  const ofName = ({ usernameKey, emailKey }: Prefix): Part =>
    union(beginning('username_key', usernameKey), beginning('email_key', emailKey));

  function ofNameAndRole(): readonly Part[] {
    // Of few accounts the names are looked at one by one: all there are may match a name.
    if (prefix !== null && role !== null && role !== COMMON_ROLE) return [ofRoleAndName(role, prefix)];
    return [...(prefix === null ? [] : [ofName(prefix)]), ...(role === null ? [] : [ofRole(role)])];
  }

  const lists = [
    ...ofNameAndRole(),
    ...(status === null
      ? []
      : [{ sql: `SELECT id FROM ${byStatus} WHERE status = ?${within('id')}`, values: [status, ...ids] }]),
  ];
  const all = { sql: `SELECT id FROM \`accounts\` WHERE TRUE${within('id')}`, values: ids };
  const relations = lists.length === 0 ? [all] : lists;
  return {
    sql: relations
      .map(({ sql }, index) => (index === 0 ? `(${sql}) AS list0` : `JOIN (${sql}) AS list${String(index)} USING (id)`))
      .join(' '),
    values: relations.flatMap(({ values }) => values),
  };
}

/** An OR over the columns instead would leave it to the database whether it reads all accounts. */
function union(one: Part, other: Part): Part {
  return { sql: `${one.sql} UNION ${other.sql}`, values: [...one.values, ...other.values] };
}

/** From the prefix itself to the first key that does not begin so. */
function rangeOf(prefix: string): readonly [from: Buffer, end: Buffer] {
  const from = Buffer.from(prefix);
  // No byte of UTF-8 is 255, so that the last one can always be counted up.
  const end = Buffer.from(from);
  const last = end.length - 1;
  end.writeUInt8(end.readUInt8(last) + 1, last);
  return [from, end];
}
