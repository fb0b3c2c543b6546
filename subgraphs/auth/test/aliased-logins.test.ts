import { createPasswordHasher } from '@identity/auth/adapters/password-hasher';
import { createRateLimits } from '@identity/auth/adapters/rate-limits';
import { createStorage } from '@identity/auth/adapters/storage';
import { applyMigrations } from '@identity/auth/apply-migrations';
import { createLimitedLogin, type LimitedLogin } from '@identity/auth/domain/limited-login';
import { createLogin } from '@identity/auth/domain/login';
import { createSchema } from '@identity/auth/schema';
import { connectDatabase, type Database } from '@identity/database/connect';
import { createLogger } from '@identity/service-kit/logger';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execute, parse } from 'graphql';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';

const ALLOWED = 7;

let file: TestDatabase;
let database: Database;
let login: LimitedLogin;
let passwords: Awaited<ReturnType<typeof createPasswordHasher>>;

beforeAll(async () => {
  const logger = createLogger({ level: 'silent' });
  file = await createTestDatabase('aliases');
  await applyMigrations(file.url, logger);
  database = await connectDatabase({ url: file.url });
  const storage = createStorage(database);
  const unlimited = [{ attempts: 1_000, seconds: 600 }];
  const { limits } = createRateLimits({
    redisUrl: null,
    secret: 's'.repeat(32),
    logger,
    allowed: {
      loginNetwork: unlimited,
      loginAccountAtNetwork: [{ attempts: ALLOWED, seconds: 600 }],
      loginAccount: unlimited,
      loginKnownDevice: unlimited,
      loginSuccess: unlimited,
      registerNetwork: unlimited,
      refreshNetwork: unlimited,
      passwordCheckSession: unlimited,
    },
  });
  passwords = await createPasswordHasher({ pepper: 'p'.repeat(32), cost: 4, concurrency: 1, maxWait: 60_000 });
  const openSession = () => Promise.reject(new Error('nobody is let in'));
  login = createLimitedLogin({
    login: createLogin({ storage, passwords, openSession, clock: () => new Date() }),
    limits,
    storage,
  });
});

afterAll(async () => {
  await passwords.close();
  await database.close();
  await file.drop();
});

// The services refuse such an operation as a whole. If ever one did not, each attempt in it would still be one.
it('a hundred logins in one operation are a hundred attempts', async () => {
  const attempts = Array.from(
    { length: 100 },
    (_unused, index) =>
      `a${String(index)}: login(input: { identifier: "ada", password: "${String(index)}" }) { ...Codes }`,
  );
  const { data, errors = [] } = await execute({
    schema: createSchema(),
    document: parse(`mutation { ${attempts.join(' ')} } fragment Codes on LoginPayload { userErrors { code } }`),
    contextValue: {
      useCases: { login },
      authentication: { kind: 'anonymous' },
      ipAddress: '192.0.2.1',
      userAgent: null,
      refreshCookie: null,
      heldSessionIds: () => Promise.resolve([]),
      record: { codes: new Set() },
    },
  });
  // The payload must not be null, so that the first refusal ends the answer; the order of execution tells which it was.
  expect(data).toBeNull();
  expect(errors.map(({ path }) => path)).toEqual([[`a${String(ALLOWED)}`]]);
  expect(errors[0]?.originalError).toMatchObject({ code: 'RATE_LIMITED' });
});
