import { loadConfig as loadAuthConfig } from '@identity/auth/config';
import { loadConfig as loadNotesConfig } from '@identity/example-notes/config';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { ConfigurationError } from '@identity/service-kit/environment';
import { loadConfig as loadUsersConfig } from '@identity/users/config';
import { describe, expect, test } from '@jest/globals';
import { checkEnvironment } from '../../scripts/embedded-environment.js';
import { newSecret } from '../../scripts/embedded-secrets.js';

type Environment = Readonly<Record<string, string>>;

const ROUTER_SECRET = newSecret();
const PASSWORD = newSecret();

/** Each service as production runs it. */
const services: Readonly<
  Record<string, { readonly load: (environment: Environment) => unknown; readonly good: Environment }>
> = {
  auth: {
    load: loadAuthConfig,
    good: {
      ROUTER_SECRET,
      PASSWORD_PEPPER: newSecret(),
      AUTH_DATABASE_URL: `mysql://auth:${PASSWORD}@mysql/auth`,
      REDIS_URL: `rediss://:${newSecret()}@redis`,
      KEYS_DIR: 'keys',
    },
  },
  users: {
    load: loadUsersConfig,
    good: {
      ROUTER_SECRET,
      USERS_DATABASE_URL: `mysql://users:${PASSWORD}@mysql/users`,
      REDIS_URL: `rediss://:${newSecret()}@redis`,
      AUTH_URL: 'https://auth.internal',
    },
  },
  gateway: { load: loadGatewayConfig, good: { ROUTER_SECRET, AUTH_URL: 'https://auth.internal' } },
  notes: { load: loadNotesConfig, good: { ROUTER_SECRET, AUTH_URL: 'https://auth.internal' } },
  embedded: { load: checkEnvironment, good: { ALLOW_EMBEDDED_IN_PRODUCTION: 'true' } },
};

/** The variables that a service complains about in production. */
function refusedBy(service: string, changes: Environment): readonly string[] {
  const { load, good } = services[service] ?? {};
  if (load === undefined) throw new Error(`there is no service ${service}`);
  try {
    load({ NODE_ENV: 'production', ...good, ...changes });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const value of Object.values(changes)) if (value.length > 5) expect(error.message).not.toContain(value);
    return error.problems.map((problem) => problem.slice(0, problem.indexOf(':')));
  }
}

/** What the gateway would then hold the supergraph's own addresses against. */
function allowsPlainHttp(changes: Environment): boolean {
  const environment = { NODE_ENV: 'production', ROUTER_SECRET, AUTH_URL: 'https://auth.internal', ...changes };
  return loadGatewayConfig(environment).plainHttpToSubgraphs;
}

describe('in production', () => {
  test.each(Object.keys(services))('%s accepts what is good', (service) => {
    expect(refusedBy(service, {})).toEqual([]);
  });

  test.each<readonly [string, Environment, readonly string[]]>([
    ['auth', { ROUTER_SECRET: '' }, ['ROUTER_SECRET']],
    ['auth', { ROUTER_SECRET: PASSWORD.slice(0, 31) }, ['ROUTER_SECRET']],
    ['auth', { ROUTER_SECRET: 'changeme'.repeat(4) }, ['ROUTER_SECRET']],
    ['auth', { PASSWORD_PEPPER: '' }, ['PASSWORD_PEPPER']],
    ['auth', { PASSWORD_PEPPER: PASSWORD.slice(0, 31) }, ['PASSWORD_PEPPER']],
    ['auth', { PASSWORD_PEPPER: ROUTER_SECRET }, ['PASSWORD_PEPPER']],
    ['auth', { PASSWORD_PEPPER: PASSWORD }, ['AUTH_DATABASE_URL']],
    ['auth', { AUTH_DATABASE_URL: '' }, ['AUTH_DATABASE_URL']],
    ['auth', { AUTH_DATABASE_URL: 'mysql://mysql' }, ['AUTH_DATABASE_URL', 'AUTH_DATABASE_URL']],
    ['auth', { AUTH_DATABASE_URL: 'sqlite:auth.sqlite' }, ['AUTH_DATABASE_URL']],
    ['auth', { AUTH_DATABASE_URL: 'mysql://auth:auth@mysql/auth' }, ['AUTH_DATABASE_URL']],
    ['auth', { REDIS_URL: '' }, ['REDIS_URL']],
    ['auth', { REDIS_URL: '', ALLOW_EMBEDDED_IN_PRODUCTION: 'true' }, ['REDIS_URL']],
    ['auth', { REDIS_URL: '', ALLOW_EMBEDDED_IN_PRODUCTION: 'true', BCRYPT_COST: '9' }, ['REDIS_URL', 'BCRYPT_COST']],
    ['auth', { REDIS_URL: 'redis://redis' }, ['REDIS_URL']],
    ['auth', { BCRYPT_COST: '9' }, ['BCRYPT_COST']],
    ['auth', { KEYS_DIR: '' }, ['KEYS_DIR']],
    ['auth', { PASSWORD_BREACH_CHECK_URL: 'http://ranges.internal/range' }, ['PASSWORD_BREACH_CHECK_URL']],
    ['auth', { PASSWORD_BREACH_CHECK_URL: 'ranges' }, ['PASSWORD_BREACH_CHECK_URL']],
    ['users', { ROUTER_SECRET: '' }, ['ROUTER_SECRET']],
    ['users', { ROUTER_SECRET: `${ROUTER_SECRET},${'changeme'.repeat(4)}` }, ['ROUTER_SECRET']],
    ['users', { ROUTER_SECRET: PASSWORD }, ['USERS_DATABASE_URL']],
    ['users', { USERS_DATABASE_URL: 'sqlite:users.sqlite' }, ['USERS_DATABASE_URL']],
    ['users', { USERS_DATABASE_URL: 'mysql://root@mysql/users' }, ['USERS_DATABASE_URL', 'USERS_DATABASE_URL']],
    ['users', { REDIS_URL: '' }, ['REDIS_URL']],
    ['users', { REDIS_URL: '', ALLOW_EMBEDDED_IN_PRODUCTION: 'true' }, ['REDIS_URL']],
    ['users', { AUTH_URL: 'http://auth:4001' }, ['AUTH_URL']],
    ['users', { ALLOW_PLAIN_HTTP_JWKS: 'maybe' }, ['ALLOW_PLAIN_HTTP_JWKS']],
    ['gateway', { ROUTER_SECRET: '' }, ['ROUTER_SECRET']],
    ['gateway', { ROUTER_SECRET: PASSWORD.slice(0, 31) }, ['ROUTER_SECRET']],
    ['gateway', { ROUTER_SECRET: 'changeme'.repeat(4) }, ['ROUTER_SECRET']],
    ['gateway', { AUTH_URL: 'http://auth:4001' }, ['AUTH_URL']],
    ['gateway', { SUBGRAPH_URL_AUTH: 'http://auth.example:4001/graphql' }, ['SUBGRAPH_URL_AUTH']],
    [
      'gateway',
      {
        AUTH_URL: 'http://auth:4001',
        SUBGRAPH_URL_AUTH: 'http://auth:4001',
        SUBGRAPH_URL_YOURS: 'http://yours/graphql',
      },
      ['AUTH_URL', 'SUBGRAPH_URL_AUTH', 'SUBGRAPH_URL_YOURS'],
    ],
    ['gateway', { ALLOW_PLAIN_HTTP_JWKS: 'maybe' }, ['ALLOW_PLAIN_HTTP_JWKS']],
    ['notes', { ROUTER_SECRET: 'changeme'.repeat(4) }, ['ROUTER_SECRET']],
    ['notes', { AUTH_URL: 'http://auth:4001' }, ['AUTH_URL']],
    ['embedded', { ALLOW_EMBEDDED_IN_PRODUCTION: '' }, ['NODE_ENV']],
    [
      'embedded',
      { ALLOW_EMBEDDED_IN_PRODUCTION: 'no', LOG_LEVEL: 'loud', BCRYPT_COST: '5', GATEWAY_PORT: '-', USERS_PORT: '-' },
      ['LOG_LEVEL', 'ALLOW_EMBEDDED_IN_PRODUCTION', 'NODE_ENV', 'BCRYPT_COST', 'USERS_PORT', 'GATEWAY_PORT'],
    ],
  ])('%s refuses %j', (service, changes, variables) => {
    expect(refusedBy(service, changes)).toEqual(variables);
  });

  test('plain HTTP between the services can be allowed, and nothing else is allowed by that', () => {
    const allowed = { ALLOW_PLAIN_HTTP_JWKS: 'true', AUTH_URL: 'http://auth:4001' };
    expect(refusedBy('gateway', { ...allowed, SUBGRAPH_URL_AUTH: 'http://auth:4001/graphql' })).toEqual([]);
    expect(refusedBy('users', allowed)).toEqual([]);
    expect(refusedBy('notes', { ...allowed, ROUTER_SECRET: 'x'.repeat(32) })).toEqual(['ROUTER_SECRET']);
  });

  test.each<readonly [Environment, boolean]>([
    [{}, false],
    [{ ALLOW_PLAIN_HTTP_JWKS: 'true' }, true],
    [{ NODE_ENV: 'development' }, true],
  ])('the addresses in the supergraph are under the same rule: %j', (changes, allowed) => {
    expect(allowsPlainHttp(changes)).toBe(allowed);
  });
});
