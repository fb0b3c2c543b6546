import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { DeadlineExceededError, withDeadline } from '@identity/service-kit/deadline';
import { describe, expect, it } from '@jest/globals';

const LONG_MS = 60_000;

describe('work with a deadline', () => {
  it('comes out as it does when it is in time', async () => {
    await expect(withDeadline(Promise.resolve('done'), LONG_MS)).resolves.toBe('done');
    const failure = new Error('for a reason');
    await expect(withDeadline(Promise.reject(failure), LONG_MS)).rejects.toBe(failure);
  });

  it('leaves no timer behind when it is in time', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await withDeadline(Promise.resolve(), LONG_MS);
    await withDeadline(Promise.reject(new Error('for a reason')), LONG_MS).catch(() => undefined);
    expect(timers()).toBe(before);
  });

  it('is given up when the time is over, and what becomes of it later is dropped', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    await expect(withDeadline(work, 1)).rejects.toBeInstanceOf(DeadlineExceededError);
    fail(new Error('too late'));
    // Node tells of those after the turn in which they came up.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('counts what has arrived in time, although the process was too busy to read it', async () => {
    const peers: Socket[] = [];
    const server = createServer((peer) => void peers.push(peer)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
    const client = connect(address.port, '127.0.0.1');
    await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    const answer = withDeadline(once(client, 'data'), 5);
    peers[0]?.write('in time');
    const busyUntil = performance.now() + 30;
    while (performance.now() < busyUntil);
    await expect(answer).resolves.toEqual([Buffer.from('in time')]);
    client.destroy();
    server.close();
    await once(server, 'close');
  });
});
