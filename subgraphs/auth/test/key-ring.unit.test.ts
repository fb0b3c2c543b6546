import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyRing, type KeyRing } from '@identity/auth/adapters/key-ring';
import { createKeyChanges, type KeyChanges } from '@identity/auth/signing-keys/key-changes';
import { systemClock } from '@identity/service-kit/clock';
import { ConfigurationError } from '@identity/service-kit/environment';
import { createLogger } from '@identity/service-kit/logger';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../tests/harness/eventually.js';

const FORCED = { algorithm: 'ES256', force: true } as const;

describe('the ring of keys', () => {
  let folder: string;
  let changes: KeyChanges;
  let rings: KeyRing[];
  let logs: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'identity-ring-'));
    changes = createKeyChanges(folder, systemClock);
    await changes.generate(FORCED);
    rings = [];
    logs = [];
  });

  afterEach(async () => {
    await Promise.all(rings.map((ring) => ring.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function open({ strict = false } = {}): Promise<KeyRing> {
    const logger = createLogger({ level: 'debug', destination: { write: (line) => void logs.push(line) } });
    const ring = await openKeyRing({ folder, strict, logger });
    rings.push(ring);
    return ring;
  }

  async function problemsOf(options?: { readonly strict: boolean }): Promise<readonly string[]> {
    try {
      await open(options);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  }

  /** Puts a file into the folder at one stroke, so that a ring that follows it sees one change. */
  async function write(file: string, content: string, mode = 0o600): Promise<void> {
    const draft = join(folder, 'test.draft');
    await writeFile(draft, content);
    await chmod(draft, mode);
    await rename(draft, join(folder, file));
  }

  const publishedBy = (ring: KeyRing) => ring.published().keys.map(({ kid }) => kid);
  const errors = () => logs.filter((line) => line.includes('"level":"error"'));

  it('publishes public halves only, with what verifiers need to know', async () => {
    const announced = await changes.generate({ algorithm: 'RS256', force: false });
    const { keys } = (await open()).published();
    expect(keys.map(({ alg, use }) => [alg, use])).toEqual([
      ['ES256', 'sig'],
      ['RS256', 'sig'],
    ]);
    expect(keys[1]?.kid).toBe(announced.kid);
    expect(keys.map((key) => Object.keys(key).sort().join())).toEqual([
      'alg,crv,kid,kty,use,x,y',
      'alg,e,kid,kty,n,use',
    ]);
  });

  it('follows its folder, in every process that has opened it', async () => {
    const [one, other] = [await open(), await open()];
    for (const ring of [one, other]) ring.watch();
    const first = one.signingKey();
    const second = await changes.generate(FORCED);
    const everybody = (kids: readonly string[]) =>
      eventually(`published: ${kids.join()}`, () =>
        [one, other].every((ring) => publishedBy(ring).join() === kids.join()),
      );

    await everybody([first.kid, second.kid]);
    expect(one.signingKey().kid).toBe(first.kid);
    await changes.rotate(FORCED);
    await everybody([second.kid, first.kid]);
    for (const ring of [one, other]) expect(ring.signingKey().kid).toBe(second.kid);
    expect((await other.findKey(first.kid))?.algorithm).toBe('ES256');
    await changes.retire(FORCED);
    await everybody([second.kid]);
    expect(await other.findKey(first.kid)).toBeNull();
    expect(errors()).toEqual([]);
  });

  it('goes on with the last good keys while the folder cannot be used, and says so once', async () => {
    const ring = await open();
    ring.watch();
    const { kid } = ring.signingKey();
    const good = await readFile(join(folder, 'signing.pem'), 'utf8');
    await write('signing.pem', good.slice(0, 100));
    await eventually('a half-written file is refused', () => errors().length === 1);
    await expect(ring.check()).rejects.toThrow('signing.pem');
    await rename(folder, `${folder}-away`);
    await eventually('a missing folder is refused', () => errors().length === 2);
    expect(ring.signingKey().kid).toBe(kid);
    expect(publishedBy(ring)).toEqual([kid]);

    await rename(`${folder}-away`, folder);
    await eventually('the half-written file is refused again', () => errors().length === 3);
    await write('signing.pem', good);
    const { kid: next } = await changes.generate(FORCED);
    await eventually('the mended folder is used', () => publishedBy(ring).includes(next));
    await ring.check();
    expect(errors()).toHaveLength(3);
    expect(errors().join()).not.toContain('PRIVATE KEY');
  });

  it('stops following', async () => {
    const ring = await open();
    ring.watch();
    await ring.stop();
    const witness = await open();
    witness.watch();
    const { kid } = await changes.generate(FORCED);
    await eventually('another ring has seen the change', () => publishedBy(witness).includes(kid));
    expect(publishedBy(ring)).not.toContain(kid);
  });

  it.each<[string, string, () => string]>([
    ['no key', 'signing.pem', () => 'no key'],
    ['nothing', 'next.pem', () => ''],
    ['a key on another curve', 'next.pem', () => pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)],
    ['a short RSA key', 'next.pem', () => pem(generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey)],
    ['a key for EdDSA', 'next.pem', () => pem(generateKeyPairSync('ed25519').privateKey)],
    ['a public key where a private one belongs', 'next.pem', () => publicPem()],
    ['a private key where a public one belongs', 'verifying-old.pem', () => pem(newKey())],
    ['a key of no known purpose', 'old.pem', () => pem(newKey())],
  ])('is not opened with %s in %s', async (_what, file, content) => {
    await write(file, content());
    const problems = await problemsOf();
    expect(problems.filter((problem) => problem.startsWith(`KEYS_DIR: ${join(folder, file)} `))).toHaveLength(1);
    expect(problems.join()).not.toContain('-----');
  });

  it('is not opened without a key that signs, or without a folder', async () => {
    await rm(join(folder, 'signing.pem'));
    expect(await problemsOf()).toEqual([expect.stringContaining(`no usable signing.pem in ${folder}`)]);
    await rm(folder, { recursive: true });
    expect(await problemsOf()).toEqual([expect.stringContaining(`cannot read the folder ${folder}`)]);
  });

  it('names everything at once, with the way to put it right where production is strict', async () => {
    await write('next.pem', 'no key');
    await chmod(join(folder, 'signing.pem'), 0o640);
    await chmod(join(folder, 'next.pem'), 0o604);
    await chmod(folder, 0o730);
    expect(await problemsOf()).toHaveLength(1);
    expect(await problemsOf({ strict: true })).toEqual([
      expect.stringContaining('next.pem is not a private key'),
      expect.stringContaining(`run: chmod 700 ${folder}`),
      expect.stringContaining(`run: chmod 600 ${join(folder, 'next.pem')}`),
      expect.stringContaining(`run: chmod 600 ${join(folder, 'signing.pem')}`),
    ]);
  });

  it('does not take over a key that others could read, where production is strict', async () => {
    const ring = await open({ strict: true });
    ring.watch();
    const second = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await write('next.pem', pem(second), 0o644);
    await eventually('the open key is refused', () => errors().length === 1);
    expect(publishedBy(ring)).toHaveLength(1);
    await chmod(join(folder, 'next.pem'), 0o600);
    await eventually('the closed key is taken over', () => publishedBy(ring).length === 2);
  });
});

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function publicPem(): string {
  return createPublicKey(newKey()).export({ type: 'spki', format: 'pem' }).toString();
}
