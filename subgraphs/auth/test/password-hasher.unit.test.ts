import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getRounds } from 'bcrypt';
import { createBcryptThreads, type BcryptThreads } from '../src/adapters/bcrypt-threads.js';
import { createPasswordHasher, type PasswordHasherOptions } from '../src/adapters/password-hasher.js';
import type { ObservedPasswordHasher, PasswordHasher, PasswordsOfRequest } from '../src/domain/ports.js';

const OPTIONS = { pepper: 'p'.repeat(32), cost: 4, concurrency: 2, maxWait: 2_000 };

/** Threads that count their work, in rounds of bcrypt. */
function createCountedThreads(): { readonly threads: BcryptThreads; readonly takeRounds: () => number } {
  const threads = createBcryptThreads();
  let rounds = 0;
  return {
    threads: {
      hash: (data, cost) => {
        rounds += 2 ** cost;
        return threads.hash(data, cost);
      },
      compare: (data, hash) => {
        rounds += 2 ** getRounds(hash);
        return threads.compare(data, hash);
      },
      close: () => threads.close(),
    },
    takeRounds: () => {
      const taken = rounds;
      rounds = 0;
      return taken;
    },
  };
}

describe('the hashing of passwords', () => {
  const hashers: ObservedPasswordHasher[] = [];
  let hasher: PasswordHasher;

  async function startHasher(options: PasswordHasherOptions): Promise<PasswordHasher> {
    const started = await createPasswordHasher(options);
    hashers.push(started);
    return started;
  }

  afterAll(async () => {
    for (const started of hashers) await started.close();
  });

  beforeAll(async () => {
    hasher = await startHasher(OPTIONS);
  });

  it.each([
    ['that differ behind byte 72', `${'x'.repeat(89)}a${'x'.repeat(10)}`, `${'x'.repeat(89)}b${'x'.repeat(10)}`],
    ['that differ behind a NUL', 'secret\u0000one', 'secret\u0000two'],
    ['of 64 emoji', '🦊'.repeat(64), '🦊'.repeat(63)],
  ])('tells passwords %s apart', async (_what, right, wrong) => {
    const hash = await hasher.forRequest('anybody').hash(right);
    expect(await hasher.forRequest('anybody').verify(right, hash)).toBe(true);
    expect(await hasher.forRequest('anybody').verify(wrong, hash)).toBe(false);
  });

  it('is of no use with another pepper', async () => {
    const hash = await hasher.forRequest('anybody').hash('a quiet harbour');
    const elsewhere = await startHasher({ ...OPTIONS, pepper: 'q'.repeat(32) });
    expect(await elsewhere.forRequest('anybody').verify('a quiet harbour', hash)).toBe(false);
  });

  it('accepts nothing when there is no hash', async () => {
    expect(await hasher.forRequest('anybody').verify('', null)).toBe(false);
  });

  it('asks for a new hash when the cost has risen', async () => {
    const hash = await hasher.forRequest('anybody').hash('a quiet harbour');
    expect(hasher.needsRehash(hash)).toBe(false);
    expect((await startHasher({ ...OPTIONS, cost: 5 })).needsRehash(hash)).toBe(true);
  });

  it.each([4, 5, 7, 8])(
    'takes as much work for a wrong password whose hash is of cost %i as for an unknown account',
    async (cost) => {
      const old = await (await startHasher({ ...OPTIONS, cost })).forRequest('anybody').hash('a quiet harbour');
      const { threads, takeRounds } = createCountedThreads();
      const now = (await startHasher({ ...OPTIONS, cost: 8, threads })).forRequest('anybody');
      expect(await now.verify('a loud harbour', null)).toBe(false);
      const ofUnknown = takeRounds();
      expect(ofUnknown).toBe(2 ** 8);
      expect(await now.verify('a loud harbour', old)).toBe(false);
      expect(takeRounds()).toBe(ofUnknown);
      expect(await now.verify('a quiet harbour', old)).toBe(true);
      expect(takeRounds()).toBe(2 ** cost);
    },
  );

  it('turns callers away when they would have to wait too long, and serves all others', async () => {
    const busy = await startHasher({ ...OPTIONS, cost: 8, concurrency: 1, maxWait: 100 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => busy.forRequest('anybody').hash('a quiet harbour')),
    );
    const served = outcomes.filter(({ status }) => status === 'fulfilled');
    const refused = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(served.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused)
      expect(reason).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfter: expect.any(Number) } });
    expect(await busy.forRequest('anybody').hash('afterwards')).toMatch(/^\$2b\$/);
  });

  it('serves those who are known and everybody else by turns, in the order in which they came', async () => {
    const single = await startHasher({ ...OPTIONS, concurrency: 1 });
    const served: string[] = [];
    const callers = ['first', ...Array.from({ length: 6 }, (_unused, index) => `stranger ${index}`), 'ada 0', 'ada 1'];
    await Promise.all(
      callers.map(async (caller) => {
        await single.forRequest(caller.startsWith('ada') ? 'known' : 'anybody').hash('a quiet harbour');
        served.push(caller);
      }),
    );
    const others = [1, 2, 3, 4, 5].map((index) => `stranger ${index}`);
    expect(served).toEqual(['first', 'ada 0', 'stranger 0', 'ada 1', ...others]);
  });

  it('turns those who are known away by what waits before them, not by how many strangers do', async () => {
    const busy = await startHasher({ ...OPTIONS, cost: 8, concurrency: 1, maxWait: 1_000 });
    const strangers = Array.from({ length: 200 }, () => busy.forRequest('anybody').hash('a quiet harbour'));
    const known = busy.forRequest('known').hash('a quiet harbour');
    const outcomes = await Promise.allSettled(strangers);
    expect(outcomes.map(({ status }) => status)).toContain('rejected');
    expect(await known).toMatch(/^\$2b\$/);
    const many = await Promise.allSettled(
      Array.from({ length: 200 }, () => busy.forRequest('known').hash('a quiet harbour')),
    );
    expect(many.map(({ status }) => status)).toContain('rejected');
  });

  it('turns away whoever has waited for too long although it looked otherwise', async () => {
    const events = { onHashed: () => undefined, onRefused: () => void (refused += 1) };
    let refused = 0;
    // Decoys of this cost are quick; the hash that is compared with is not.
    const quick = await startHasher({ ...OPTIONS, concurrency: 1, maxWait: 5, events });
    const slowHash = await (await startHasher({ ...OPTIONS, cost: 10 })).forRequest('anybody').hash('a quiet harbour');
    const first = quick.forRequest('anybody').verify('a quiet harbour', slowHash);
    await expect(quick.forRequest('anybody').hash('another')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await first).toBe(true);
    expect(refused).toBe(1);
  });

  it('turns a request away when its passwords have waited for too long together', async () => {
    const busy = await startHasher({ ...OPTIONS, cost: 8, concurrency: 1, maxWait: 1_500 });
    let isOver = false;
    const stranger = async () => {
      while (!isOver) await busy.forRequest('anybody').hash('a loud harbour');
    };
    const hashManyTimes = async (times: number, next: () => PasswordsOfRequest) => {
      for (let time = 0; time < times; time += 1) await next().hash('a quiet harbour');
    };
    const strangers = stranger();
    // None of them waits for longer than a stranger is being served.
    await hashManyTimes(40, () => busy.forRequest('anybody'));
    const request = busy.forRequest('anybody');
    await expect(hashManyTimes(400, () => request)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    isOver = true;
    await strangers;
  });
});
