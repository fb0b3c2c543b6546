import { createPrivateKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newPrivateKey, publicHalfOf } from '@identity/auth/signing-keys/private-key';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rawPost } from '../gateway/test/support/raw-request.js';
import { forgedSignatures, forgedTokens } from './harness/forged-tokens.js';
import { genuineToken, type ForgedToken, type Forger } from './harness/forger.js';
import { summaryOf, type RawError } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

type HeaderLine = readonly [string, string];

/** Somewhere an access token is checked. */
interface Checkpoint {
  readonly name: string;
  readonly service: 'gateway' | 'auth' | 'users';
  readonly field: 'me' | 'updateProfile';
}

const OPERATIONS = {
  me: '{ me { id } }',
  updateProfile: 'mutation { updateProfile(input: { bio: "written with a forged token" }) { userErrors { code } } }',
};

const CHECKPOINTS: readonly Checkpoint[] = [
  { name: 'the gateway, for a field of Auth', service: 'gateway', field: 'me' },
  { name: 'the gateway, for a field of Users', service: 'gateway', field: 'updateProfile' },
  { name: 'the Auth subgraph itself', service: 'auth', field: 'me' },
  { name: 'the Users subgraph itself', service: 'users', field: 'updateProfile' },
];

const BATCH = 16;

describe('access tokens that were forged or are misused', () => {
  let stack: TestStack;
  let ada: Person;
  let genuine: string;
  let table: readonly ForgedToken[];
  let genuineOfRsa: string;
  let tableOfRsa: readonly ForgedToken[];

  beforeAll(async () => {
    stack = await startStack();
    await writeFile(join(stack.keysFolder, 'next.pem'), newPrivateKey('RS256'), { mode: 0o600 });
    // Another way to have it published would be to wait.
    await stack.restart();
    ada = await registerSomebody(stack.client);
    const { data } = await ada.client.validateToken();
    const now = Math.floor(stack.clock.now().getTime() / 1_000);
    const session = { sub: ada.id, sid: data?.validateToken.sessionId ?? '', now };
    const [forger, forgerOfRsa] = [await forgerOf('signing.pem', session), await forgerOf('next.pem', session)];
    [genuine, genuineOfRsa] = [genuineToken(forger), genuineToken(forgerOfRsa)];
    [table, tableOfRsa] = [forgedTokens(forger), forgedSignatures(forgerOfRsa)];
  });

  afterAll(async () => {
    await stack.close();
  });

  /** The worst case: somebody who has the issuer's key, and a live session to name in the claims. */
  async function forgerOf(
    keyFile: string,
    { now, ...session }: { readonly sub: string; readonly sid: string; readonly now: number },
  ) {
    const privateKey = createPrivateKey(await readFile(join(stack.keysFolder, keyFile)));
    const kid = publicHalfOf(privateKey)?.thumbprint ?? '';
    const claims = {
      iss: 'http://localhost:4000',
      aud: 'identity-supergraph',
      ...session,
      jti: 'j1',
      iat: now - 10,
      exp: now + 900,
      roles: ['USER'],
    };
    return { privateKey, kid, claims, now } satisfies Forger;
  }

  /** Why a request with these headers is refused; empty when it is not. */
  async function refusalAt({ service, field }: Checkpoint, headers: readonly HeaderLine[], path = '/graphql') {
    const { url } = stack.services[service];
    const credential: HeaderLine = ['router-authorization', stack.services.routerSecret];
    const lines = service === 'gateway' ? headers : [credential, ...headers];
    const { status, body } = await rawPost(`${url}${path}`, lines, JSON.stringify({ query: OPERATIONS[field] }));
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the test asserts on what it reads
    const { errors, data } = JSON.parse(body) as { errors?: readonly RawError[]; data?: Record<string, unknown> };
    if (errors === undefined && data?.[field] == null) return 'nobody';
    return errors === undefined && status === 200 ? '' : summaryOf(errors).join();
  }

  const withToken = (token: string): readonly HeaderLine[] => [['authorization', `Bearer ${token}`]];

  it('are many, and the genuine ones that they imitate are accepted everywhere', async () => {
    expect(sendable(table).length).toBeGreaterThanOrEqual(60);
    expect(sendable(tableOfRsa).length).toBeGreaterThanOrEqual(60);
    for (const checkpoint of CHECKPOINTS)
      for (const token of [genuine, genuineOfRsa]) expect(await refusalAt(checkpoint, withToken(token))).toBe('');
  });

  it.each(CHECKPOINTS)('are all refused at $name, while the genuine ones are accepted', async (checkpoint) => {
    let accepted = 0;
    const tried = sendable([...table, ...tableOfRsa]);
    const wrong = await inBatches(tried, async ({ name, token, refusal }) => {
      const actual = await refusalAt(checkpoint, withToken(token));
      if (actual === '') accepted += 1;
      return actual === `${checkpoint.field} UNAUTHENTICATED ${refusal}` ? [] : [`${name}: ${actual}`];
    });
    process.stderr.write(
      `${stackName()}, forged tokens at ${checkpoint.name}: ${tried.length} tried, ${accepted} accepted\n`,
    );
    expect(wrong).toEqual([]);
    for (const token of [genuine, genuineOfRsa]) expect(await refusalAt(checkpoint, withToken(token))).toBe('');
  });

  it('are all inactive for validateToken', async () => {
    const active = await inBatches([...table, ...tableOfRsa], async ({ name, token }) => {
      const { data, errors } = await stack.client.validateToken({ token });
      return errors === undefined && data?.validateToken.active === false ? [] : [name];
    });
    expect(active).toEqual([]);
    expect((await stack.client.validateToken({ token: genuine })).data?.validateToken.active).toBe(true);
  });

  it('include a refresh token, and an access token is none', async () => {
    for (const checkpoint of CHECKPOINTS)
      expect(await refusalAt(checkpoint, withToken(ada.refreshToken))).toBe(
        `${checkpoint.field} UNAUTHENTICATED TOKEN_INVALID`,
      );
    const { data } = await stack.client.refreshSession({ input: { refreshToken: ada.accessToken } });
    expect(data?.refreshSession.userErrors.map(({ code }) => code)).toEqual(['TOKEN_INVALID']);
    expect((await ada.client.me()).data?.me?.id).toBe(ada.id);
  });

  it.each(['bearer ', 'BEARER ', 'bEaReR ', 'Bearer    '])(
    'do not include a genuine one behind %j (RFC 9110, section 11.1)',
    async (scheme) => {
      for (const checkpoint of CHECKPOINTS)
        expect(await refusalAt(checkpoint, [['authorization', `${scheme}${genuine}`]])).toBe('');
    },
  );

  it.each<[string, (token: string) => readonly HeaderLine[]]>([
    ['in two headers', (token) => [...withToken(token), ...withToken(token)]],
    ['in two headers of different case', (token) => [...withToken(token), ['Authorization', `Bearer ${token}`]]],
    ['in the first of two headers', (token) => [...withToken(token), ['authorization', 'Bearer other']]],
    ['in the second of two headers', (token) => [['authorization', 'Basic eDp5'], ...withToken(token)]],
    ['beside an empty header', (token) => [['authorization', ''], ...withToken(token)]],
    ['twice in one header', (token) => [['authorization', `Bearer ${token}, Bearer ${token}`]]],
    ['without a scheme', (token) => [['authorization', token]]],
    ['with another scheme', (token) => [['authorization', `Basic ${token}`]]],
    ['with the scheme of bound tokens', (token) => [['authorization', `DPoP ${token}`]]],
    ['with a scheme that begins like ours', (token) => [['authorization', `Bearers ${token}`]]],
    ['with a scheme that ends like ours', (token) => [['authorization', `XBearer ${token}`]]],
    ['with a tab behind the scheme', (token) => [['authorization', `Bearer\t${token}`]]],
    ['with a colon behind the scheme', (token) => [['authorization', `Bearer: ${token}`]]],
    ['with nothing behind the scheme', (token) => [['authorization', `Bearer${token}`]]],
    ['as a parameter', (token) => [['authorization', `Bearer token=${token}`]]],
    ['in quotes', (token) => [['authorization', `Bearer "${token}"`]]],
    ['with more behind it', (token) => [['authorization', `Bearer ${token} admin`]]],
    ['that is missing', () => [['authorization', 'Bearer']]],
    ['in an empty header', () => [['authorization', '']]],
  ])('include a genuine one %s', async (_how, headersOf) => {
    for (const checkpoint of CHECKPOINTS)
      expect(await refusalAt(checkpoint, headersOf(genuine))).toBe(`${checkpoint.field} UNAUTHENTICATED TOKEN_INVALID`);
  });

  it.each<[string, (token: string) => readonly HeaderLine[], (token: string) => string]>([
    ['in a cookie', (token) => [['cookie', `access_token=${token}; token=${token}`]], () => '/graphql'],
    ['in the header for proxies', (token) => [['proxy-authorization', `Bearer ${token}`]], () => '/graphql'],
    ['in a header of a proxy', (token) => [['x-forwarded-authorization', `Bearer ${token}`]], () => '/graphql'],
    ['in the URL (RFC 6750, section 2.3)', () => [], (token) => `/graphql?access_token=${token}`],
  ])('do not count at all %s', async (_where, headersOf, pathOf) => {
    for (const checkpoint of CHECKPOINTS)
      expect(await refusalAt(checkpoint, headersOf(genuine), pathOf(genuine))).toBe(
        checkpoint.field === 'me' ? 'nobody' : 'updateProfile UNAUTHENTICATED TOKEN_MISSING',
      );
  });
});

function sendable(table: readonly ForgedToken[]): readonly ForgedToken[] {
  return table.filter(({ textOnly }) => textOnly !== true);
}

/** Does the same with everything, a few at a time. */
async function inBatches<T>(
  items: readonly T[],
  work: (item: T) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const results: string[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    results.push(...(await Promise.all(items.slice(start, start + BATCH).map(work))).flat());
  }
  return results;
}
