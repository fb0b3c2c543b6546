import { createPasswordHasher } from '@identity/auth/adapters/password-hasher';
import { createRateLimits, type SharedRateLimits } from '@identity/auth/adapters/rate-limits';
import { createStorage } from '@identity/auth/adapters/storage';
import { applyMigrations } from '@identity/auth/apply-migrations';
import { createLineOf } from '@identity/auth/domain/hashing-line';
import { createLimitedLogin, type LimitedLogin } from '@identity/auth/domain/limited-login';
import { createLogin } from '@identity/auth/domain/login';
import { createSchema } from '@identity/auth/schema';
import { connectDatabase, type Database } from '@identity/database/connect';
import { createLogger } from '@identity/service-kit/logger';
import { createRecord } from '@identity/service-kit/request-log';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execute, parse } from 'graphql';
import { Redis } from 'ioredis';
import { expectCountedTogether } from '../../../tests/harness/counted-together.js';
import { startRedis, type TestRedis } from '../../../tests/harness/redis-server.js';
import { stackName } from '../../../tests/harness/stack-name.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/harness/test-database.js';

const LOGINS = 100;
/** The last one is one too many, so that each of the others has to be counted. */
const ALLOWED = LOGINS - 1;

const logs: string[] = [];

let file: TestDatabase;
let database: Database;
let redis: TestRedis | null;
let rateLimits: SharedRateLimits;
let login: LimitedLogin;
let passwords: Awaited<ReturnType<typeof createPasswordHasher>>;

beforeAll(async () => {
  const logger = createLogger({ level: 'info', destination: { write: (line) => void logs.push(line) } });
  redis = stackName() === 'embedded' ? null : await startRedis();
  file = await createTestDatabase('aliases');
  await applyMigrations(file.url, logger);
  database = await connectDatabase({ url: file.url });
  const storage = createStorage(database);
  const unlimited = [{ attempts: 1_000, seconds: 600 }];
  rateLimits = createRateLimits({
    redisUrl: redis?.url ?? null,
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
  const lineOf = createLineOf(rateLimits.limits.loginKnownDevice);
  login = createLimitedLogin({
    login: createLogin({
      storage,
      passwords,
      openSession,
      revocations: { publish: openSession },
      clock: () => new Date(),
    }),
    lineOf,
    limits: rateLimits.limits,
    storage,
  });
});

afterAll(async () => {
  await rateLimits.stop();
  await redis?.stop();
  await passwords.close();
  await database.close();
  await file.drop();
});

// The services refuse such an operation as a whole. If ever one did not, each attempt in it would still be one.
it('a hundred logins in one operation are a hundred attempts', async () => {
  let tries = 0;
  await expectCountedTogether({ logs }, async () => {
    tries += 1;
    const { data, errors = [] } = await hundredLogins(`ada-${tries}`);
    // The payload must not be null, so that the first refusal ends the answer; the order of execution tells which it was.
    const counts = await takeCountsFromRedis();
    expect(data).toBeNull();
    expect(errors.map(({ path }) => path)).toEqual([[`a${LOGINS}`]]);
    expect(errors[0]?.originalError).toMatchObject({ code: 'RATE_LIMITED' });
    expect(counts).toEqual(redis === null ? [] : [String(ALLOWED)]);
  });
});

function hundredLogins(identifier: string) {
  const attempts = Array.from(
    { length: LOGINS },
    (_unused, index) =>
      `a${index + 1}: login(input: { identifier: "${identifier}", password: "${index}" }) { ...Codes }`,
  );
  return execute({
    schema: createSchema(),
    document: parse(`mutation { ${attempts.join(' ')} } fragment Codes on LoginPayload { userErrors { code } }`),
    contextValue: {
      useCases: { login },
      authentication: { kind: 'anonymous' },
      ipAddress: '192.0.2.1',
      userAgent: null,
      refreshCookie: null,
      deviceCookie: null,
      heldSessionIds: () => Promise.resolve([]),
      record: createRecord(),
    },
  });
}

/** How often accounts were tried at a network, as other instances would learn it, forgotten now; nothing without a Redis. */
async function takeCountsFromRedis(): Promise<readonly (string | null)[]> {
  if (redis === null) return [];
  const connection = new Redis(redis.url);
  try {
    const keys = await connection.keys('auth:{limits}:loginAccountAtNetwork:*');
    return await Promise.all(keys.map((key) => connection.getdel(key)));
  } finally {
    connection.disconnect();
  }
}
