import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@identity/client/client';
import { createKeyChanges, type KeyChanges } from '@identity/auth/signing-keys/key-changes';
import { ANNOUNCEMENT_MS } from '@identity/auth/signing-keys/waiting-times';
import { keyTiming } from '@identity/service-kit/key-timing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { refusalsOf, refusedEverywhere } from './harness/access.js';
import { eventually } from './harness/eventually.js';
import { summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

// A rotation waits for work to be done, which takes as long as the machine needs.
jest.setTimeout(120_000);

const FORCED = { algorithm: 'ES256', force: true } as const;
const PEOPLE = 4;
const ROUNDS = 5;

describe('the signing keys', () => {
  let stack: TestStack;
  let changes: KeyChanges;

  beforeEach(async () => {
    stack = await startStack();
    changes = createKeyChanges(stack.keysFolder, stack.clock.now);
  });

  afterEach(async () => {
    await stack.close();
  });

  async function publishedKids(): Promise<readonly string[]> {
    const response = await fetch(`${stack.services.auth.url}/.well-known/jwks.json`);
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the test asserts on what it reads
    const { keys } = (await response.json()) as { keys: readonly { readonly kid: string }[] };
    return keys.map(({ kid }) => kid);
  }

  const untilPublished = (kids: readonly string[]) =>
    eventually(`published: ${kids.join()}`, async () => (await publishedKids()).join() === kids.join());

  /** How often a verifier has fetched them, as the log of Auth tells. */
  const fetchesSoFar = (): number =>
    stack.logs.filter((line) => line.includes('"service":"auth"') && line.includes('/.well-known/jwks.json')).length;

  async function newTokenOf({ refreshToken }: Pick<Person, 'refreshToken'>) {
    const { data } = await stack.client.refreshSession({ input: { refreshToken } });
    const tokens = data?.refreshSession.tokens;
    if (tokens == null) throw new Error('the session could not be refreshed');
    return tokens;
  }

  /** Somebody who works all the time: at both subgraphs through the gateway, with a new token every round. */
  async function startWork(person: Person) {
    const failures: string[] = [];
    const kids: string[] = [];
    let requests = 0;
    let stopped = false;
    let { accessToken, refreshToken } = person;

    function note({ errors = [] }: { readonly errors?: Awaited<ReturnType<Client['me']>>['errors'] }): void {
      requests += 1;
      failures.push(...summaryOf(errors));
    }

    async function work(): Promise<void> {
      while (!stopped) {
        const client = stack.client.withAccessToken(accessToken);
        (await Promise.all([client.me(), client.updateProfile({ input: { bio: `round ${requests}` } })])).forEach(note);
        kids.push(kidOf(accessToken));
        ({ accessToken, refreshToken } = await newTokenOf({ refreshToken }));
        requests += 1;
      }
    }

    const working = work();
    return {
      /** Waits for some rounds to be done with tokens of this key. */
      worksWith: (kid: string) =>
        eventually(`work with tokens of ${kid}`, () => {
          const latest = kids.slice(-ROUNDS);
          return latest.length === ROUNDS && latest.every((used) => used === kid);
        }),
      async stop() {
        stopped = true;
        await working;
        return { failures, requests, kids: new Set(kids) };
      },
    };
  }

  it('are exchanged under load, and no request is lost', async () => {
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => registerSomebody(stack.client)));
    const workers = await Promise.all(people.map(startWork));
    const [first = ''] = await publishedKids();
    await Promise.all(workers.map((worker) => worker.worksWith(first)));

    const { kid: second } = await changes.generate({ algorithm: 'RS256', force: false });
    await untilPublished([first, second]);
    stack.clock.advance(ANNOUNCEMENT_MS);
    await changes.rotate({ force: false });
    await Promise.all(workers.map((worker) => worker.worksWith(second)));

    // Nobody has a token of the former key any more: what RETIREMENT_MS would have seen to.
    await changes.retire(FORCED);
    await untilPublished([second]);
    stack.clock.advance(keyTiming.refreshFirstAfter);
    await Promise.all(workers.map((worker) => worker.worksWith(second)));

    const outcomes = await Promise.all(workers.map((worker) => worker.stop()));
    expect(outcomes.flatMap(({ failures }) => failures)).toEqual([]);
    expect(outcomes.map(({ kids }) => [...kids])).toEqual(people.map(() => [first, second]));
    expect(outcomes.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThanOrEqual(PEOPLE * ROUNDS * 2 * 3);
  });

  it('can be exchanged at once; the tokens of the removed one die everywhere, and sessions live on', async () => {
    const ada = await registerSomebody(stack.client);
    expect(await refusalsOf(ada)).toEqual([]);
    const stolen = kidOf(ada.accessToken);
    const { kid } = await changes.generate(FORCED);
    await changes.rotate(FORCED);
    await changes.retire(FORCED);
    await untilPublished([kid]);
    // Auth has forgotten it already; the others within the minute that docs/operations.md promises.
    expect(summaryOf((await ada.client.me()).errors)).toEqual(['me UNAUTHENTICATED TOKEN_INVALID']);
    stack.clock.advance(keyTiming.refreshFirstAfter);
    expect(await refusalsOf(ada)).toEqual(refusedEverywhere('TOKEN_INVALID'));

    const { accessToken } = await newTokenOf(ada);
    expect(kidOf(accessToken)).toBe(kid);
    expect(kidOf(accessToken)).not.toBe(stolen);
    expect(await refusalsOf({ id: ada.id, client: stack.client.withAccessToken(accessToken) })).toEqual([]);
  });

  it('are there before the first token where an instance was asked whether it is ready', async () => {
    const ada = await registerSomebody(stack.client);
    await stack.restart();
    const { gateway, users } = stack.services;
    const fetchesBefore = fetchesSoFar();
    const readiness = await Promise.all(
      [gateway, users].map(async ({ url }) => (await fetch(new URL('/health/ready', url))).json()),
    );
    const ok: unknown = expect.objectContaining({ checks: expect.objectContaining({ signingKeys: 'ok' }) });
    expect(readiness).toEqual([ok, ok]);
    await eventually('both fetches are logged', () => fetchesSoFar() === fetchesBefore + 2);
    const client = stack.client.withAccessToken(ada.accessToken);
    expect(await refusalsOf({ id: ada.id, client })).toEqual([]);
    expect(fetchesSoFar()).toBe(fetchesBefore + 2);
  });

  it('stay as they are while their folder is broken, and are the same after a restart', async () => {
    const ada = await registerSomebody(stack.client);
    const draft = join(stack.keysFolder, 'half.draft');
    await writeFile(draft, '-----BEGIN PRIVATE KEY-----\nMIG', { mode: 0o600 });
    await rename(draft, join(stack.keysFolder, 'next.pem'));
    await eventually('the broken key is logged', () =>
      stack.logs.some((line) => line.includes('"level":"error"') && line.includes('next.pem')),
    );
    expect(await refusalsOf(ada)).toEqual([]);
    expect(kidOf((await registerSomebody(stack.client)).accessToken)).toBe(kidOf(ada.accessToken));
    const before = await publishedKids();

    await expect(stack.restart()).rejects.toThrow('next.pem');
    const { kid } = await replaceBrokenKey();
    await stack.restart();
    expect(await publishedKids()).toEqual([...before, kid]);
    const client = stack.client.withAccessToken(ada.accessToken);
    expect(await refusalsOf({ id: ada.id, client })).toEqual([]);
  });

  async function replaceBrokenKey() {
    await rename(join(stack.keysFolder, 'next.pem'), join(stack.keysFolder, 'broken.draft'));
    return changes.generate({ algorithm: 'ES256', force: false });
  }

  it('are published for anybody, with the time for which they may be kept, and without a private part', async () => {
    const response = await fetch(`${stack.services.auth.url}/.well-known/jwks.json`);
    expect(response.headers.get('cache-control')).toBe(`public, max-age=${keyTiming.maxAgeSeconds}`);
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the test asserts on what it reads
    const { keys } = (await response.json()) as { keys: readonly object[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
  });
});

function kidOf(token: string): string {
  const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  return typeof header === 'object' && header !== null && 'kid' in header ? String(header.kid) : '';
}
