import type { Database } from '../src/connect.js';
import { binary, flag, identifier, integer, longText, text, timestamp } from '../src/column-types.js';
import { createTable } from '../src/migration-steps.js';
import type { Model, ModelStatic } from 'sequelize';

export interface NoteRow {
  id: string;
  key: Buffer;
  title: string | null;
  body: string | null;
  done: boolean | null;
  count: number;
  createdAt: Date | null;
}

export type Notes = ModelStatic<Model<NoteRow, Partial<NoteRow>>>;

export const KEY_INDEX = 'notes_key_unique';

/** Creates a table with a column of every type, and its model. */
export async function createNotes({ sequelize, dialect }: Database): Promise<Notes> {
  const columns = {
    id: { type: identifier(dialect), primaryKey: true },
    key: { type: binary(dialect, 255), allowNull: false },
    title: { type: text(dialect, 100) },
    body: { type: longText(dialect) },
    done: { type: flag() },
    count: { type: integer(), allowNull: false, defaultValue: 0 },
    created_at: { type: timestamp() },
  };
  const context = { sequelize, dialect, queryInterface: sequelize.getQueryInterface() };
  await createTable(context, { name: 'notes', columns, unique: [['key'], ['title', 'count']] });
  const { created_at: createdAt, ...others } = columns;
  return sequelize.define<Model<NoteRow, Partial<NoteRow>>>(
    'note',
    { ...others, createdAt },
    { tableName: 'notes', timestamps: false, underscored: true },
  );
}
