import { generateKeyPairSync } from 'node:crypto';
import { keyTiming } from '@identity/service-kit/key-timing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { refusalsOf } from './harness/access.js';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';
import { signToken } from './harness/token-forge.js';

/** A fetch serves all who wait for it: those of later waves would need another one. */
const WAVES = 10;
const WAVE = 10;

/** Somewhere an access token is checked, with how often that may fetch the keys in ten seconds. */
interface Verifier {
  readonly service: 'gateway' | 'auth' | 'users';
  readonly field: 'me' | 'updateProfile';
  readonly fetches: number;
}

const OPERATIONS = { me: '{ me { id } }', updateProfile: 'mutation { updateProfile(input: {}) { user { id } } }' };

describe('a flood of tokens of keys that nobody knows', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let stack: TestStack;
  let ada: Person;
  let kids = 0;

  beforeAll(async () => {
    stack = await startStack();
    ada = await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  /** The gateway and Users fetch the keys when they are so old, and have fresh ones afterwards. */
  async function everybodyHasFreshKeys(): Promise<void> {
    const fetchesBefore = fetchesSoFar();
    stack.clock.advance(keyTiming.refreshFirstAfter);
    expect(await refusalsOf(ada)).toEqual([]);
    await eventually('both fetches are logged', () => fetchesSoFar() - fetchesBefore >= 2);
  }

  /** How often the keys have been fetched from Auth, as its log of requests tells. */
  function fetchesSoFar(): number {
    return stack.logs.filter((line) => line.includes('"service":"auth"') && line.includes('/.well-known/jwks.json'))
      .length;
  }

  /** A token that says what a genuine one says, of a key of its own. */
  function tokenOfUnknownKey(): string {
    kids += 1;
    const [header, payload] = ada.accessToken.split('.').slice(0, 2).map(decoded);
    return signToken({ header: { ...header, kid: `unknown-${kids}` }, payload }, privateKey);
  }

  async function refusalAt({ service, field }: Verifier, token: string): Promise<string> {
    const {
      routerSecret,
      [service]: { url },
    } = stack.services;
    const credential = service === 'gateway' ? {} : { 'router-authorization': routerSecret };
    const headers = { ...bearer(token), ...credential };
    return summaryOf((await sendGraphql(url, { query: OPERATIONS[field], headers })).errors).join();
  }

  it.each<Verifier>([
    { service: 'gateway', field: 'updateProfile', fetches: 1 },
    { service: 'users', field: 'updateProfile', fetches: 1 },
    // It has its keys itself.
    { service: 'auth', field: 'me', fetches: 0 },
  ])('is refused at $service, and makes it fetch the keys that often in ten seconds: $fetches', async (verifier) => {
    await everybodyHasFreshKeys();
    for (let round = 1; round <= 2; round += 1) {
      stack.clock.advance(keyTiming.minRefetchInterval);
      const [fetchesBefore, start] = [fetchesSoFar(), stack.clock.now().getTime()];
      for (let wave = 1; wave <= WAVES; wave += 1) {
        const refusals = await Promise.all(
          Array.from({ length: WAVE }, () => refusalAt(verifier, tokenOfUnknownKey())),
        );
        expect(refusals).toEqual(refusals.map(() => `${verifier.field} UNAUTHENTICATED TOKEN_INVALID`));
      }
      expect(await refusalAt(verifier, ada.accessToken)).toBe('');

      await eventually('the fetch is logged', () => fetchesSoFar() - fetchesBefore >= verifier.fetches);
      // On a machine that is very slow, ten seconds may pass meanwhile.
      const passed = (stack.clock.now().getTime() - start) / keyTiming.minRefetchInterval;
      expect(fetchesSoFar() - fetchesBefore).toBeLessThanOrEqual(verifier.fetches * Math.ceil(passed));
    }
  });
});

function decoded(part: string): object {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
  if (typeof value !== 'object' || value === null) throw new Error('this is no part of a token');
  return value;
}
