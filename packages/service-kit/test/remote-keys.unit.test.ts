import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { listen } from '@identity/service-kit/http-server';
import { toPublishedKey, type PublishedKey } from '@identity/service-kit/jwks';
import { createLogger } from '@identity/service-kit/logger';
import { keyTiming } from '@identity/service-kit/key-timing';
import { createRemoteKeys, type RemoteKeys } from '@identity/service-kit/remote-keys';
import { createVerificationKey } from '@identity/service-kit/verification-key';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const [first, second] = ['first', 'second'].map((kid): PublishedKey => {
  const key = createVerificationKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  if (key === null) throw new Error('this key cannot be used');
  return toPublishedKey(kid, key);
});
const secret = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

/** Far more than a key set has, for all that is under way when the reader leaves, and little of what it could have read. */
const MAX_SENT_BYTES = 16 * 1_024 * 1_024;
let sentBytes = 0;

function sendWithoutEnd(response: ServerResponse): void {
  const piece = Buffer.alloc(65_536, ' ');
  const send = (): void => {
    if (response.destroyed) return;
    sentBytes += piece.length;
    response.write(piece, send);
  };
  send();
}

describe('the keys of the issuer', () => {
  let published: readonly unknown[];
  let broken: boolean;
  let silent: boolean;
  let endless: boolean;
  let fetches: number;
  let now: number;
  let server: Server;
  let findKey: RemoteKeys['find'];
  let check: RemoteKeys['check'];

  beforeEach(async () => {
    published = [first];
    broken = false;
    silent = false;
    endless = false;
    fetches = 0;
    now = 1_000_000;
    server = createServer((_request, response) => {
      fetches += 1;
      if (silent) return;
      if (endless) {
        sendWithoutEnd(response);
        return;
      }
      response.writeHead(broken ? 500 : 200).end(broken ? 'oops' : JSON.stringify({ keys: published }));
    });
    const url = await listen(server, { host: '127.0.0.1', port: 0, portVariable: 'PORT' });
    ({ find: findKey, check } = createRemoteKeys({
      url,
      clock: () => new Date(now),
      logger: createLogger({ service: 'test', level: 'silent' }),
    }));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are fetched once for many tokens', async () => {
    const found = await Promise.all(Array.from({ length: 50 }, () => findKey('first')));
    expect(found.every((key) => key?.algorithm === 'ES256')).toBe(true);
    expect(fetches).toBe(1);
  });

  it('are there before the first token when somebody has asked whether they are', async () => {
    await Promise.all([check(), check()]);
    await check();
    broken = true;
    expect(await findKey('first')).not.toBeNull();
    await check();
    expect(fetches).toBe(1);
  });

  it('are told to be missing as long as they are, twice a second, and a token that comes then is not turned away', async () => {
    broken = true;
    await expect(check()).rejects.toThrow();
    await expect(check()).rejects.toThrow();
    expect(fetches).toBe(1);
    now += 500;
    await expect(check()).rejects.toThrow();
    expect(fetches).toBe(2);
    broken = false;
    expect(await findKey('first')).not.toBeNull();
    await check();
    expect(fetches).toBe(3);
  });

  it('are fetched again for an unknown key', async () => {
    await findKey('first');
    now += keyTiming.minRefetchInterval;
    published = [first, second];
    expect(await findKey('second')).not.toBeNull();
    expect(fetches).toBe(2);
  });

  it('are fetched at most once in ten seconds, whatever flood of unknown keys there is', async () => {
    for (let second = 0; second < 60; second += 1) {
      const flood = Array.from({ length: 20 }, (_unused, index) =>
        findKey(`unknown-${String(second)}-${String(index)}`),
      );
      expect((await Promise.all(flood)).every((key) => key === null)).toBe(true);
      now += 1_000;
    }
    expect(fetches).toBe(6);
  });

  it('are fetched again beside the work while they are in use, so that an announced key is known before it signs', async () => {
    await findKey('first');
    published = [first, second];
    now += keyTiming.refreshAfter;
    expect(await findKey('first')).not.toBeNull();
    // The refresh was not waited for; whoever comes during it joins it.
    expect(await findKey('second')).not.toBeNull();
    expect(fetches).toBe(2);
  });

  it('stop verifying at the latest a minute after they were removed', async () => {
    published = [first, second];
    expect(await findKey('second')).not.toBeNull();
    published = [first];
    now += keyTiming.refreshFirstAfter;
    expect(await findKey('second')).toBeNull();
  });

  it('go on verifying while the issuer is away, but not for longer than five minutes', async () => {
    await findKey('first');
    broken = true;
    now += keyTiming.unusableAfter - 1;
    expect(await findKey('first')).not.toBeNull();
    now += 1;
    await expect(findKey('first')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    broken = false;
    now += 500;
    expect(await findKey('first')).not.toBeNull();
  });

  it('do not hold up their tokens for as long as a silent issuer is given to answer', async () => {
    await findKey('first');
    silent = true;
    now += keyTiming.refreshFirstAfter;
    const unknown = findKey('unknown').then(() => 'unknown');
    const known = Promise.all([findKey('first'), findKey('first')]).then((found) => found.map((key) => key?.algorithm));
    expect(await Promise.race([unknown, known])).toEqual(['ES256', 'ES256']);
    expect(await findKey('first')).not.toBeNull();
    expect(await Promise.race([unknown, Promise.resolve('still fetching')])).toBe('still fetching');
    expect(fetches).toBe(2);
    server.closeAllConnections();
    await unknown;
  });

  it('are fetched again when the clock was set back', async () => {
    await findKey('first');
    published = [second];
    now -= 3_600_000;
    expect(await findKey('first')).toBeNull();
  });

  it.each<[string, readonly unknown[]]>([
    ['a secret key', [first, { ...secret, kid: 'secret', alg: 'ES256', use: 'sig' }]],
    ['two keys under one id', [first, { ...second, kid: 'first' }]],
    ['no key that can be used', [{ ...second, use: 'enc' }]],
  ])('stay as they were when the issuer publishes %s', async (_what, mistake) => {
    await findKey('first');
    published = mistake;
    now += keyTiming.refreshFirstAfter;
    expect(await findKey('first')).not.toBeNull();
    expect(await findKey('secret')).toBeNull();
    expect(fetches).toBe(2);
  });

  it('are found among keys for other uses', async () => {
    published = [
      { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'ed', alg: 'EdDSA', use: 'sig' },
      { ...second, use: 'enc' },
      first,
    ];
    expect(await findKey('first')).not.toBeNull();
    expect(await findKey('second')).toBeNull();
    expect(await findKey('ed')).toBeNull();
  });

  it('are unavailable, and not just unknown, when they could never be fetched', async () => {
    broken = true;
    await expect(findKey('first')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(findKey('first')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(fetches).toBe(1);

    broken = false;
    now += 500;
    expect(await findKey('first')).not.toBeNull();
  });

  it('are not read to the end when they have none', async () => {
    endless = true;
    await expect(findKey('first')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(sentBytes).toBeLessThan(MAX_SENT_BYTES);
  });

  it('are asked for ever less often while there are none, and four seconds apart at most', async () => {
    /** When they were asked for, in milliseconds since the first of many tokens in half a minute. */
    async function triesWithoutKeys(): Promise<readonly number[]> {
      const [start, tries]: [number, number[]] = [now, []];
      for (; now < start + 30_000; now += 100) {
        const fetchesBefore = fetches;
        await expect(findKey('first')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
        if (fetches > fetchesBefore) tries.push(now - start);
      }
      return tries;
    }

    broken = true;
    const expected = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500];
    expect(await triesWithoutKeys()).toEqual(expected);
    broken = false;
    now += 4_000;
    expect(await findKey('first')).not.toBeNull();
    // Whoever has had keys begins anew.
    broken = true;
    now += keyTiming.unusableAfter;
    expect(await triesWithoutKeys()).toEqual(expected);
  });
});
