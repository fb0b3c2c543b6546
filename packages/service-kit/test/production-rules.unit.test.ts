import { randomBytes } from 'node:crypto';
import { isGuessable } from '@identity/service-kit/guessable-secret';
import { productionRules } from '@identity/service-kit/production-rules';
import { describe, expect, it } from '@jest/globals';

const [one, two, three, four] = ['U7q3', 'mX0d', 'Zb9k', 'r5Vw'].map(
  (start) => `${start}TnQ2yLpHs8Jc4GfWuEo6RaIxDt1BvKzN`,
);

const rules = productionRules({
  secrets: ['ROUTER_SECRET', 'PASSWORD_PEPPER'],
  database: 'DATABASE_URL',
  redis: 'REDIS_URL',
  keySource: 'AUTH_URL',
  subgraphPrefix: 'SUBGRAPH_URL_',
  remotes: ['LOOK_UP_URL'],
});

const good = {
  NODE_ENV: 'production',
  ROUTER_SECRET: one,
  PASSWORD_PEPPER: two,
  DATABASE_URL: `mysql://auth:${String(three)}@mysql:3306/auth`,
  REDIS_URL: `rediss://default:${String(four)}@redis:6379`,
  AUTH_URL: 'https://auth.internal',
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that are named, in the order of the problems. */
function named(changes: Environment): readonly string[] {
  return rules({ ...good, ...changes }).map((problem) => problem.slice(0, problem.indexOf(':')));
}

describe('production', () => {
  it.each<readonly [string, Environment]>([
    ['generated secrets, a password for each store, keys over https', {}],
    ['two secrets while one is rolled out', { ROUTER_SECRET: `${String(one)}, ${String(one?.toUpperCase())}` }],
    [
      'stores on the machine without passwords',
      { DATABASE_URL: 'mysql://root@127.0.0.1/a', REDIS_URL: 'redis://localhost' },
    ],
    ['keys from the machine itself', { AUTH_URL: 'http://localhost:4001' }],
    ['keys from the machine itself, by its IPv6 address', { AUTH_URL: 'http://[::1]:4001' }],
    ['keys over plain HTTP where that is allowed', { AUTH_URL: 'http://auth:4001', ALLOW_PLAIN_HTTP_JWKS: 'true' }],
    ['a subgraph over https', { SUBGRAPH_URL_AUTH: 'https://auth/graphql' }],
    ['a subgraph on the machine itself', { SUBGRAPH_URL_AUTH: 'http://127.0.0.1:4001/graphql' }],
    [
      'subgraphs over plain HTTP where that is allowed',
      { SUBGRAPH_URL_AUTH: 'http://auth', ALLOW_PLAIN_HTTP_JWKS: 'true' },
    ],
    ['the default of AUTH_URL', { AUTH_URL: undefined }],
    ['another service over https', { LOOK_UP_URL: 'https://look-up.example' }],
    ['another service on the machine itself', { LOOK_UP_URL: 'http://127.0.0.1:8080/look-up' }],
    [
      'embedded stores where they are allowed',
      { DATABASE_URL: 'sqlite:./auth.sqlite', REDIS_URL: undefined, ALLOW_EMBEDDED_IN_PRODUCTION: 'true' },
    ],
    ['a password that is percent-encoded', { REDIS_URL: `redis://:${encodeURIComponent(String(four))}%2F@redis` }],
    ['a Redis Cluster with a password', { REDIS_URL: `redis+cluster://:${String(four)}@one:6379,two:6379` }],
    [
      'Sentinels that ask for a password, too',
      { REDIS_URL: `rediss+sentinel://:${String(four)}@one,two/main?sentinelPassword=${String(four)}` },
    ],
    ['Sentinels on the machine without passwords', { REDIS_URL: 'redis+sentinel://127.0.0.1,[::1]/main' }],
    ['a comma within a secret', { PASSWORD_PEPPER: `${String(two)},x` }],
  ])('accepts %s', (_what, changes) => {
    expect(named(changes)).toEqual([]);
  });

  it.each<readonly [string, Environment, readonly string[]]>([
    ['one character over and over', { ROUTER_SECRET: 's'.repeat(32) }, ['ROUTER_SECRET']],
    ['a placeholder', { PASSWORD_PEPPER: 'your-super-secret-jwt-key-change-in-production' }, ['PASSWORD_PEPPER']],
    ['a made-up second secret', { ROUTER_SECRET: `${String(one)},${'0123456789'.repeat(4)}` }, ['ROUTER_SECRET']],
    ['one secret for two purposes', { PASSWORD_PEPPER: one }, ['PASSWORD_PEPPER']],
    [
      'a secret that is also the next of another',
      { ROUTER_SECRET: `${String(three)},${String(two)}` },
      ['PASSWORD_PEPPER', 'DATABASE_URL'],
    ],
    ['a secret that is a password of a store', { REDIS_URL: `redis://:${String(one)}@redis` }, ['REDIS_URL']],
    ['one password for two stores', { REDIS_URL: `redis://:${String(three)}@redis` }, ['REDIS_URL']],
    ['the same secret twice', { ROUTER_SECRET: `${String(one)},${String(one)}` }, ['ROUTER_SECRET']],
    ['an SQLite file', { DATABASE_URL: 'sqlite:./auth.sqlite' }, ['DATABASE_URL']],
    ['no Redis', { REDIS_URL: undefined }, ['REDIS_URL']],
    [
      'no Redis beside a database that others can share, although embedded stores are allowed',
      { REDIS_URL: undefined, ALLOW_EMBEDDED_IN_PRODUCTION: 'true' },
      ['REDIS_URL'],
    ],
    ['a Redis Cluster without a password', { REDIS_URL: 'redis+cluster://localhost,elsewhere' }, ['REDIS_URL']],
    [
      'Sentinels that anybody can ask, and tell of another master',
      { REDIS_URL: `redis+sentinel://:${String(four)}@one,two/main` },
      ['REDIS_URL'],
    ],
    [
      'a secret that is the password of a Redis Cluster',
      { REDIS_URL: `redis+cluster://:${String(one)}@one,two` },
      ['REDIS_URL'],
    ],
    ['another service over plain HTTP', { LOOK_UP_URL: 'http://look-up.example' }, ['LOOK_UP_URL']],
    ['a database elsewhere without a password', { DATABASE_URL: 'mysql://auth@mysql/auth' }, ['DATABASE_URL']],
    [
      'a database elsewhere with a usual password',
      { DATABASE_URL: 'mysql://auth:rootpassword@mysql/auth' },
      ['DATABASE_URL'],
    ],
    [
      'a long password that is made up',
      { DATABASE_URL: 'mysql://auth:password-password-1@mysql/auth' },
      ['DATABASE_URL'],
    ],
    [
      'the root of a database elsewhere',
      { DATABASE_URL: `mysql://Root:${String(three)}@mysql/auth` },
      ['DATABASE_URL'],
    ],
    ['Redis elsewhere without a password', { REDIS_URL: 'redis://redis:6379' }, ['REDIS_URL']],
    ['keys over plain HTTP', { AUTH_URL: 'http://auth:4001' }, ['AUTH_URL']],
    ['keys over plain HTTP from what only looks local', { AUTH_URL: 'http://127.0.0.1.example.com' }, ['AUTH_URL']],
    ['a subgraph over plain HTTP', { SUBGRAPH_URL_AUTH: 'http://auth.example:4001/graphql' }, ['SUBGRAPH_URL_AUTH']],
    ['permissions that are not quite given', { AUTH_URL: 'http://auth', ALLOW_PLAIN_HTTP_JWKS: 'yes' }, ['AUTH_URL']],
    [
      'everything at once',
      {
        ROUTER_SECRET: 'x'.repeat(40),
        PASSWORD_PEPPER: 'x'.repeat(40),
        DATABASE_URL: 'sqlite:a',
        REDIS_URL: undefined,
        AUTH_URL: 'http://auth',
      },
      ['ROUTER_SECRET', 'PASSWORD_PEPPER', 'PASSWORD_PEPPER', 'DATABASE_URL', 'REDIS_URL', 'AUTH_URL'],
    ],
  ])('refuses %s by name and without the value', (_what, changes, variables) => {
    expect(named(changes)).toEqual(variables);
    const text = rules({ ...good, ...changes }).join('\n');
    for (const secret of [one, two, three, four, 'xxxx', 'rootpassword', 'super-secret'])
      expect(text).not.toContain(secret);
  });

  it.each(['development', 'test', undefined])('is not %s, which may do all of that', (environment) => {
    expect(
      named({
        NODE_ENV: environment,
        ROUTER_SECRET: 'x',
        PASSWORD_PEPPER: 'x',
        DATABASE_URL: 'sqlite:a',
        AUTH_URL: 'http://auth',
      }),
    ).toEqual([]);
  });
});

describe('whether a secret is made up', () => {
  it.each([
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'abababababababababababababababab',
    'correct-horse-correct-horse-correct-horse-',
    'abcdefghijklmnopqrstuvwxyz012345',
    '98765432109876543210987654321098',
    'changeme-changeme-changeme-4711-x',
    'CHANGE_ME_please_this_is_not_random',
    'fallback-secret-key-of-the-service',
    'p-a-s-s-w-o-r-d-of-our-production-site',
    'identity-supergraph-production-2026',
    'an example of a text that is long enough',
  ])('finds %j', (secret) => {
    expect(isGuessable(secret)).toBe(true);
  });

  it('takes no generated one for it, however it is written', () => {
    const secrets = Array.from({ length: 200 }, () => randomBytes(32));
    const found = secrets.filter(
      (bytes) =>
        isGuessable(bytes.toString('hex')) ||
        isGuessable(bytes.toString('base64')) ||
        isGuessable(bytes.toString('base64url')) ||
        isGuessable(bytes.toString('hex', 0, 16)),
    );
    expect(found).toEqual([]);
  });
});
