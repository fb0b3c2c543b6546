import { createVerifiedTokens, type VerifiedTokens } from '@identity/service-kit/verified-tokens';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

const QUERIES = 5;
/** The gateway, Auth and Users. */
const VERIFIERS = 3;
/** A field that the gateway protects, and fields of both subgraphs: each of the three checks the token of every query. */
const QUERY = 'query ($id: ID!) { user(id: $id) { username profile { bio } } }';

/** What a process did with tokens. */
interface Counts {
  /** Signatures that were verified and found genuine. */
  verified: number;
  /** How often somebody asked whether they had been. */
  asked: number;
}

describe('the signature of an access token', () => {
  const processes: Counts[] = [];
  let stack: TestStack;

  function countingTokens(): VerifiedTokens {
    const tokens = createVerifiedTokens();
    const counts: Counts = { verified: 0, asked: 0 };
    processes.push(counts);
    return {
      ...tokens,
      find(token) {
        counts.asked += 1;
        return tokens.find(token);
      },
      remember(token, verified) {
        counts.verified += 1;
        tokens.remember(token, verified);
      },
    };
  }

  beforeAll(async () => {
    stack = await startStack({ createVerifiedTokens: countingTokens });
  });

  afterAll(async () => {
    await stack.close();
  });

  it('is verified once in each process, however many queries and services it is used for', async () => {
    const ada = await registerSomebody(stack.client);
    const { data } = await stack.client.refreshSession({ input: { refreshToken: ada.refreshToken } });
    const token = data?.refreshSession.tokens?.accessToken ?? '';
    for (const counts of processes) Object.assign(counts, { verified: 0, asked: 0 });
    for (let count = 0; count < QUERIES; count += 1) {
      const answer = await sendGraphql(stack.services.gateway.url, {
        query: QUERY,
        variables: { id: ada.id },
        headers: bearer(token),
      });
      expect(answer.data).toEqual({ user: { username: ada.username, profile: { bio: '' } } });
    }
    // Whoever did not ask would have verified it past the memory that is counted here.
    expect(processes).toEqual(
      stackName() === 'embedded'
        ? [{ verified: 1, asked: VERIFIERS * QUERIES }]
        : Array.from({ length: VERIFIERS }, () => ({ verified: 1, asked: QUERIES })),
    );
  });
});
