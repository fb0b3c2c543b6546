import { binary, identifier, text, timestamp } from '@identity/database/column-types';
import type { Database } from '@identity/database/connect';
import type { Model, ModelStatic } from 'sequelize';

/** A row of `accounts`. */
export interface AccountRow {
  id: string;
  username: string;
  usernameKey: Buffer;
  email: string;
  emailKey: Buffer;
  passwordHash: string;
  status: string;
  emailVerifiedAt: Date | null;
  twoFactorEnabledAt: Date | null;
  suspendedAt: Date | null;
  suspensionReason: string | null;
  createdAt: Date;
}

/** A row of `account_roles`. */
export interface RoleRow {
  accountId: string;
  role: string;
}

/** A row of `sessions`. */
export interface SessionRow {
  id: string;
  accountId: string;
  deviceName: string | null;
  userAgent: string | null;
  ipAddress: string | null;
  network: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  idleExpiresAt: Date;
  revokedAt: Date | null;
  revocationReason: string | null;
}

/** A row of `refresh_tokens`. */
export interface RefreshTokenRow {
  digest: Buffer;
  sessionId: string;
  createdAt: Date;
  expiresAt: Date;
  rotatedAt: Date | null;
  successorSeed: Buffer | null;
}

type Table<Row extends object> = ModelStatic<Model<Row, Partial<Row>>>;

/** The tables of this subgraph. */
export interface Models {
  readonly accounts: Table<AccountRow>;
  readonly roles: Table<RoleRow>;
  readonly sessions: Table<SessionRow>;
  readonly refreshTokens: Table<RefreshTokenRow>;
}

/** Tells Sequelize about the tables that the migrations have made. */
export function defineModels({ sequelize, dialect }: Database): Models {
  const options = { timestamps: false, underscored: true };

  const accounts = sequelize.define<Model<AccountRow, Partial<AccountRow>>>(
    'account',
    {
      id: { type: identifier(dialect), primaryKey: true },
      username: text(dialect, 30),
      usernameKey: binary(dialect, 120),
      email: text(dialect, 254),
      emailKey: binary(dialect, 254),
      passwordHash: text(dialect, 100),
      status: text(dialect, 20),
      emailVerifiedAt: timestamp(),
      twoFactorEnabledAt: timestamp(),
      suspendedAt: timestamp(),
      suspensionReason: text(dialect, 500),
      createdAt: timestamp(),
    },
    { ...options, tableName: 'accounts' },
  );

  const roles = sequelize.define<Model<RoleRow, Partial<RoleRow>>>(
    'role',
    {
      accountId: { type: identifier(dialect), primaryKey: true },
      role: { type: text(dialect, 20), primaryKey: true },
    },
    { ...options, tableName: 'account_roles' },
  );
  accounts.hasMany(roles, { as: 'roles', foreignKey: 'accountId' });

  const sessions = sequelize.define<Model<SessionRow, Partial<SessionRow>>>(
    'session',
    {
      id: { type: identifier(dialect), primaryKey: true },
      accountId: identifier(dialect),
      deviceName: text(dialect, 100),
      userAgent: text(dialect, 512),
      ipAddress: text(dialect, 45),
      network: text(dialect, 45),
      createdAt: timestamp(),
      lastUsedAt: timestamp(),
      expiresAt: timestamp(),
      idleExpiresAt: timestamp(),
      revokedAt: timestamp(),
      revocationReason: text(dialect, 30),
    },
    { ...options, tableName: 'sessions' },
  );

  const refreshTokens = sequelize.define<Model<RefreshTokenRow, Partial<RefreshTokenRow>>>(
    'refreshToken',
    {
      digest: { type: binary(dialect, 32), primaryKey: true },
      sessionId: identifier(dialect),
      createdAt: timestamp(),
      expiresAt: timestamp(),
      rotatedAt: timestamp(),
      successorSeed: binary(dialect, 32),
    },
    { ...options, tableName: 'refresh_tokens' },
  );

  return { accounts, roles, sessions, refreshTokens };
}
