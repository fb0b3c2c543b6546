import { loadConfig as loadAuthConfig } from '@identity/auth/config';
import { LEASE_MS } from '@identity/auth/adapters/revocation-writes';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { describe, expect, it } from '@jest/globals';

const ROUTER_SECRET = 'r'.repeat(32);
const gateway = loadGatewayConfig({ ROUTER_SECRET });
const auth = loadAuthConfig({
  ROUTER_SECRET,
  PASSWORD_PEPPER: 'p'.repeat(32),
  KEYS_DIR: '.',
  AUTH_DATABASE_URL: 'sqlite:x',
});

/** What is promised to clients, less what the gateway and the network take beside it. */
const WAITED_MS = 1_800;
/** One hash of the default cost on a core that is not the fastest. */
const HASH_MS = 250;
/** What a mutation waits for when Redis is silent, with what timers add. */
const NEWS_MS = LEASE_MS + 50;
/** What a new password waits for when those who know of breaches are silent. */
const BREACH_CHECK_MS = 500;
/** Until a statement is given up that the database should have ended by itself. */
const GIVEN_UP_MS = 200;

describe('the deadlines that hold when nobody sets any', () => {
  const { maxWait, cost } = auth.passwordHashing;
  const { subgraphTimeoutMs, subgraphMutationTimeoutMs, requestTimeoutMs } = gateway;

  it('let a client have its answer within two seconds', () => {
    expect(requestTimeoutMs).toBeLessThanOrEqual(WAITED_MS);
  });

  it.each([
    ['a login in place of another', maxWait + HASH_MS + NEWS_MS],
    ['a login whose hash is made anew', maxWait + 2 * HASH_MS + NEWS_MS],
    ['a registration', maxWait + HASH_MS + BREACH_CHECK_MS],
    ['a change of the password without Redis', maxWait + 2 * HASH_MS + NEWS_MS],
    ['a change of the password without the breach check', maxWait + 2 * HASH_MS + BREACH_CHECK_MS],
  ])('leave time for %s that waits for its turn as long as it may', (_what, longest) => {
    expect(cost).toBe(12);
    // The rest is for statements, of which none takes long where only one part is silent.
    expect(longest + 100).toBeLessThanOrEqual(subgraphMutationTimeoutMs);
  });

  it('end what a subgraph asks of a silent database before the gateway gives the subgraph up', () => {
    expect(auth.databaseTimeoutMs + GIVEN_UP_MS).toBeLessThan(subgraphTimeoutMs);
  });
});
