import { createPrivateKey, createPublicKey } from 'node:crypto';
import { chown, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyChanges, KeyChangeRefusedError, type KeyChanges } from '@identity/auth/signing-keys/key-changes';
import { ANNOUNCEMENT_MS, RETIREMENT_MS } from '@identity/auth/signing-keys/waiting-times';
import { ConfigurationError } from '@identity/service-kit/environment';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestClock, type TestClock } from '../../../tests/harness/test-clock.js';

const GENTLY = { force: false };
const BY_FORCE = { force: true };
const ES256 = { algorithm: 'ES256', ...GENTLY } as const;

describe('the keys of a folder', () => {
  let parent: string;
  let folder: string;
  let clock: TestClock;
  let changes: KeyChanges;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'identity-keys-'));
    folder = join(parent, 'keys');
    clock = createTestClock();
    changes = createKeyChanges(folder, clock.now);
  });

  afterEach(async () => {
    await rm(parent, { recursive: true, force: true });
  });

  const read = (file: string) => readFile(join(folder, file), 'utf8');

  async function states(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await changes.list()).map(({ kid, state }) => [kid, state]));
  }

  async function keyFiles(): Promise<readonly string[]> {
    return (await readdir(folder)).filter((name) => name.endsWith('.pem')).sort();
  }

  async function generateTwo() {
    return [await changes.generate(ES256), await changes.generate(ES256)] as const;
  }

  it('begin with one that signs, in a folder and a file for their owner only', async () => {
    const { kid, state, verification } = await changes.generate(ES256);
    expect({ state, algorithm: verification.algorithm }).toEqual({ state: 'signing', algorithm: 'ES256' });
    expect(kid).toMatch(/^[\w-]{43}$/);
    expect(await keyFiles()).toEqual(['signing.pem']);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(folder)) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  });

  it('are announced before they sign, and only verify afterwards, until they are gone', async () => {
    const [first, second] = await generateTwo();
    expect(await states()).toEqual({ [first.kid]: 'signing', [second.kid]: 'announced' });

    await expect(changes.rotate(GENTLY)).rejects.toThrow(KeyChangeRefusedError);
    clock.advance(ANNOUNCEMENT_MS);
    expect((await changes.rotate(GENTLY)).kid).toBe(second.kid);
    expect(await states()).toEqual({ [second.kid]: 'signing', [first.kid]: 'verifying' });

    await expect(changes.retire(GENTLY)).rejects.toThrow(KeyChangeRefusedError);
    clock.advance(RETIREMENT_MS);
    expect((await changes.retire(GENTLY)).map(({ kid }) => kid)).toEqual([first.kid]);
    expect(await states()).toEqual({ [second.kid]: 'signing' });
    expect(await changes.retire(GENTLY)).toEqual([]);
  });

  it('are removed one by one, each when its own tokens are dead', async () => {
    const [first, second] = await generateTwo();
    await changes.rotate(BY_FORCE);
    clock.advance(RETIREMENT_MS);
    const third = await changes.generate(ES256);
    await changes.rotate(BY_FORCE);
    expect((await changes.retire(GENTLY)).map(({ kid }) => kid)).toEqual([first.kid]);
    expect(await states()).toEqual({ [third.kid]: 'signing', [second.kid]: 'verifying' });
  });

  it('lose their private half when they sign no more', async () => {
    const [first] = await generateTwo();
    const privateHalf = await read('signing.pem');
    await changes.rotate(BY_FORCE);
    const contents = await Promise.all((await readdir(folder)).map(read));
    expect(contents.filter((content) => content.includes(privateHalf))).toEqual([]);
    const verifying = await read(`verifying-${first.kid}.pem`);
    expect(() => createPrivateKey(verifying)).toThrow();
    expect(createPublicKey(verifying).equals(createPublicKey(privateHalf))).toBe(true);
    expect(await keyFiles()).toEqual(['signing.pem', `verifying-${first.kid}.pem`]);
  });

  it('can be for RS256, with 3072 bits', async () => {
    const { verification } = await changes.generate({ algorithm: 'RS256', force: false });
    expect(verification.algorithm).toBe('RS256');
    expect(verification.key.asymmetricKeyDetails?.modulusLength).toBe(3_072);
  });

  it('do not wait for anybody when it is demanded', async () => {
    const [first, second] = await generateTwo();
    expect((await changes.rotate(BY_FORCE)).kid).toBe(second.kid);
    expect((await changes.retire(BY_FORCE)).map(({ kid }) => kid)).toEqual([first.kid]);
  });

  it('are announced one at a time, unless the announced one is to be thrown away', async () => {
    const [first, second] = await generateTwo();
    await expect(changes.generate(ES256)).rejects.toThrow(KeyChangeRefusedError);
    const third = await changes.generate({ algorithm: 'ES256', force: true });
    expect(await states()).toEqual({ [first.kid]: 'signing', [third.kid]: 'announced' });
    expect(third.kid).not.toBe(second.kid);
  });

  it('are not changed when there is nothing to change', async () => {
    await expect(changes.list()).rejects.toThrow(ConfigurationError);
    await expect(changes.rotate(BY_FORCE)).rejects.toThrow(ConfigurationError);
    await changes.generate(ES256);
    await expect(changes.rotate(BY_FORCE)).rejects.toThrow(KeyChangeRefusedError);
    expect(await changes.retire(BY_FORCE)).toEqual([]);
  });

  it.each(['rotate', 'generate'] as const)('are changed once when two at once %s them', async (command) => {
    await generateTwo();
    const all = Array.from({ length: 5 }, () =>
      command === 'rotate' ? changes.rotate(BY_FORCE) : changes.generate({ algorithm: 'ES256', force: true }),
    );
    const outcomes = await Promise.allSettled(all);
    const refusals = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refusals.filter((reason) => !(reason instanceof KeyChangeRefusedError))).toEqual([]);
    expect(outcomes.length - refusals.length).toBeGreaterThanOrEqual(1);
    const signing = Object.values(await states()).filter((state) => state === 'signing');
    expect(signing).toEqual(['signing']);
    expect((await readdir(folder)).filter((name) => name.includes('draft'))).toEqual([]);
  });

  it('survive a rotation that ends before the announced key has its place', async () => {
    const [first, second] = await generateTwo();
    await writeFile(join(folder, `verifying-${first.kid}.pem`), await publicHalf('signing.pem'), { mode: 0o600 });
    expect(await states()).toEqual({ [first.kid]: 'signing', [second.kid]: 'announced' });
    await changes.rotate(BY_FORCE);
    expect(await states()).toEqual({ [second.kid]: 'signing', [first.kid]: 'verifying' });
  });

  it('survive a rotation that ends before the announced key has left its former place', async () => {
    const [first, second] = await generateTwo();
    await copyFile(join(folder, 'next.pem'), join(parent, 'next.pem'));
    await changes.rotate(BY_FORCE);
    await copyFile(join(parent, 'next.pem'), join(folder, 'next.pem'));
    expect(await states()).toEqual({ [second.kid]: 'signing', [first.kid]: 'verifying' });
    await expect(changes.rotate(BY_FORCE)).rejects.toThrow(KeyChangeRefusedError);
    const third = await changes.generate(ES256);
    expect(await states()).toEqual({ [second.kid]: 'signing', [third.kid]: 'announced', [first.kid]: 'verifying' });
  });

  async function publicHalf(file: string): Promise<string> {
    return createPublicKey(await read(file))
      .export({ type: 'spki', format: 'pem' })
      .toString();
  }

  it('are left alone while one of them cannot be read', async () => {
    await generateTwo();
    const signing = await read('signing.pem');
    await writeFile(join(folder, 'next.pem'), signing.slice(0, 80));
    for (const change of [changes.rotate, changes.retire, changes.list])
      await expect(change(BY_FORCE)).rejects.toThrow(/next\.pem is not a private key/);
    expect(await read('signing.pem')).toBe(signing);
  });

  // Only root can give files away.
  const describeAsRoot = process.getuid?.() === 0 ? describe : undefined;
  describeAsRoot?.('changed by root', () => {
    it('belong to whom the folder belongs to', async () => {
      await changes.generate(ES256);
      await chown(folder, 1_000, 1_000);
      await changes.generate(ES256);
      await changes.rotate(BY_FORCE);
      const owners = await Promise.all((await keyFiles()).map(async (file) => (await stat(join(folder, file))).uid));
      expect(owners).toEqual([1_000, 1_000]);
    });
  });
});
