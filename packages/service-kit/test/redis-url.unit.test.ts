import { parseRedisUrl, redisUrl } from '@identity/service-kit/redis-url';
import { describe, expect, it } from '@jest/globals';

const nothingMore = { tls: false, username: '', password: '', master: '', sentinelPassword: '' };

describe('the URL of a Redis', () => {
  it('names a server', () => {
    const address = { host: 'redis', port: 6379 };
    expect(parseRedisUrl('redis://redis')).toEqual({ ...nothingMore, kind: 'server', addresses: [address] });
    expect(parseRedisUrl('rediss://us%40er:p%3Aw:1%2C2@redis:6379/2?family=6')).toEqual({
      ...nothingMore,
      kind: 'server',
      addresses: [address],
      tls: true,
      username: 'us@er',
      password: 'p:w:1,2',
    });
  });

  it('names nodes of a Redis Cluster', () => {
    expect(parseRedisUrl('rediss+cluster://:secret@one:7000,[2001:db8::1]:7001,three')).toEqual({
      ...nothingMore,
      kind: 'cluster',
      addresses: [
        { host: 'one', port: 7000 },
        { host: '2001:db8::1', port: 7001 },
        { host: 'three', port: 6379 },
      ],
      tls: true,
      password: 'secret',
    });
  });

  it('names Sentinels, and what they call the master', () => {
    expect(parseRedisUrl('redis+sentinel://app:secret@one,two:26380/main?sentinelPassword=other%20one')).toEqual({
      ...nothingMore,
      kind: 'sentinel',
      addresses: [
        { host: 'one', port: 26_379 },
        { host: 'two', port: 26_380 },
      ],
      username: 'app',
      password: 'secret',
      master: 'main',
      sentinelPassword: 'other one',
    });
  });

  it.each([
    ['another scheme', 'http://redis'],
    ['another kind', 'redis+ring://one,two'],
    ['no host', 'redis://'],
    ['an empty host', 'redis+cluster://one,'],
    ['a port that is none', 'redis+cluster://one:70000'],
    ['several servers without a cluster', 'redis://one,two'],
    ['a database of a cluster, which has one only', 'redis+cluster://one/1'],
    ['no name of the master', 'redis+sentinel://one'],
    ['something of no effect', 'redis+cluster://one?sentinelPassword=x'],
    ['an address of every node', 'redis+cluster://one,redis+cluster://two'],
  ])('is refused with %s', (_what, value) => {
    expect(parseRedisUrl(value)).toBeNull();
    expect(redisUrl.safeParse(value).success).toBe(false);
  });
});
