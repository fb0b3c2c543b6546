import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { listen } from '@identity/service-kit/http-server';
import { toPublishedKey, type PublishedKey } from '@identity/service-kit/jwks';
import { createLogger } from '@identity/service-kit/logger';
import { createRemoteKeys } from '@identity/service-kit/remote-keys';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const [first, second] = ['first', 'second'].map((kid) =>
  toPublishedKey(kid, 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey),
);

describe('the keys of the issuer', () => {
  let published: readonly (PublishedKey | undefined)[];
  let broken: boolean;
  let fetches: number;
  let now: number;
  let server: Server;
  let findKey: ReturnType<typeof createRemoteKeys>;

  beforeEach(async () => {
    published = [first];
    broken = false;
    fetches = 0;
    now = 1_000_000;
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(broken ? 500 : 200).end(broken ? 'oops' : JSON.stringify({ keys: published }));
    });
    const url = await listen(server, { host: '127.0.0.1', port: 0, portVariable: 'PORT' });
    findKey = createRemoteKeys({
      url,
      clock: () => new Date(now),
      logger: createLogger({ service: 'test', level: 'silent' }),
    });
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

  it('are fetched again for an unknown key, but a flood of unknown keys causes one fetch in ten seconds', async () => {
    await findKey('first');
    for (let index = 0; index < 100; index += 1) expect(await findKey(`unknown-${String(index)}`)).toBeNull();
    expect(fetches).toBe(1);

    now += 10_000;
    published = [first, second];
    expect(await findKey('second')).not.toBeNull();
    expect(fetches).toBe(2);
  });

  it('go on verifying while the issuer is away', async () => {
    await findKey('first');
    broken = true;
    now += 3_600_000;
    expect(await findKey('first')).not.toBeNull();
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
});
