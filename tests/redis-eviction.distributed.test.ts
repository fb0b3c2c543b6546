import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from './harness/eventually.js';
import { startStack, type TestStack } from './harness/stack.js';

describe('a Redis that may evict what it was told', () => {
  let stack: TestStack;
  let operator: Redis;

  beforeAll(async () => {
    stack = await startStack();
    operator = new Redis(stack.redis?.url ?? '');
  });

  afterAll(async () => {
    operator.disconnect();
    await stack.close();
  });

  async function readiness(): Promise<unknown> {
    const response = await fetch(`${stack.services.auth.url}/health/ready`);
    expect(response.status).toBe(200);
    return response.json();
  }

  const warnings = (): readonly string[] =>
    stack.logs.filter((line) => line.includes('"level":"warn"') && line.includes('redis may evict'));

  const failures = (): readonly string[] =>
    stack.logs.filter((line) => line.includes('"dependency":"redisEviction"') && line.includes('"level":"warn"'));

  it('is not meant by one that evicts nothing', async () => {
    expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'ok' } });
    expect(warnings()).toEqual([]);
  });

  it('is warned of once, at the start, and shown for as long as it may', async () => {
    await operator.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await stack.restart();
    await eventually('operators are warned', () => warnings().length > 0);
    for (let asked = 0; asked < 3; asked += 1)
      expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'failing' } });
    expect(failures()).toHaveLength(1);
    expect(warnings().filter((line) => !failures().includes(line))).toHaveLength(1);
    await operator.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'ok' } });
  });

  it('counts as one that does not where that may not be asked', async () => {
    await operator.config('SET', 'maxmemory-policy', 'volatile-ttl');
    expect(await readiness()).toMatchObject({ checks: { redisEviction: 'failing' } });
    await operator.acl('SETUSER', 'default', '-info');
    expect(await readiness()).toMatchObject({ status: 'ready', checks: { redis: 'ok', redisEviction: 'ok' } });
  });
});
