import { createSessionUse } from '@identity/auth/domain/note-session-use';
import { createRemoveOldSessions } from '@identity/auth/domain/remove-old-sessions';
import { beforeEach, describe, expect, it } from '@jest/globals';

const MINUTE = 60_000;

describe('noting the use of sessions', () => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  let now = start;
  const clock = () => new Date(now);

  beforeEach(() => {
    now = start;
  });

  function createNotes() {
    const written: { readonly sessionIds: readonly string[]; readonly at: number; readonly unlessSince: number }[] = [];
    const noteUse = async (sessionIds: readonly string[], at: Date, unlessSince: Date) =>
      void written.push({ sessionIds, at: at.getTime(), unlessSince: unlessSince.getTime() });
    return { written, ...createSessionUse({ noteUse }, clock) };
  }

  it('writes those of one second with one statement, each once, unless it was written within a minute', async () => {
    const { note, flush, written } = createNotes();
    for (const id of ['a', 'b', 'a', 'c', 'b', 'a']) note(id);
    await flush();
    expect(written).toEqual([{ sessionIds: ['a', 'b', 'c'], at: now, unlessSince: now - MINUTE }]);
  });

  it('leaves it to the store whether a minute has passed, but does not ask every time', async () => {
    const { note, flush, written } = createNotes();
    for (let second = 0; second < 25; second += 1) {
      note('a');
      await flush();
      now += 1_000;
    }
    expect(written.map(({ at }) => (at - start) / 1_000)).toEqual([0, 10, 20]);
  });

  it('writes nothing when nothing was used', async () => {
    const { flush, written } = createNotes();
    await flush();
    expect(written).toEqual([]);
  });

  it('writes a crowd in parts of 500', async () => {
    const { note, flush, written } = createNotes();
    for (let index = 0; index < 1_201; index += 1) note(`session-${String(index)}`);
    await flush();
    expect(written.map(({ sessionIds }) => sessionIds.length)).toEqual([500, 500, 201]);
    expect(new Set(written.flatMap(({ sessionIds }) => sessionIds)).size).toBe(1_201);
  });

  it('goes on after a failure', async () => {
    const written: (readonly string[])[] = [];
    let broken = true;
    const noteUse = async (sessionIds: readonly string[]) => {
      if (broken) throw new Error('the database is away');
      written.push(sessionIds);
    };
    const { note, flush } = createSessionUse({ noteUse }, clock);
    note('a');
    await expect(flush()).rejects.toThrow('the database is away');
    broken = false;
    note('b');
    now += MINUTE;
    note('a');
    await flush();
    expect(written).toEqual([['b'], ['a']]);
  });
});

describe('removing old sessions', () => {
  /** Removes from so many rows, and notes what happened. */
  function createStore(rows: { tokens: number; sessions: number }) {
    const events: string[] = [];
    const remove = (what: 'tokens' | 'sessions') => async (_before: Date, limit: number) => {
      const removed = Math.min(limit, rows[what]);
      rows[what] -= removed;
      events.push(`${what} ${String(removed)}`);
      return removed;
    };
    return { events, removeTokensExpiredBefore: remove('tokens'), removeSessionsIdleBefore: remove('sessions') };
  }

  it('goes on batch by batch until all are gone, tokens before their sessions', async () => {
    const store = createStore({ tokens: 1_100, sessions: 500 });
    await createRemoveOldSessions(store, () => new Date())(new AbortController().signal);
    expect(store.events).toEqual(['tokens 500', 'tokens 500', 'tokens 100', 'sessions 500', 'sessions 0']);
  });

  it('ends between two batches when it is told to', async () => {
    const stop = new AbortController();
    const store = createStore({ tokens: 5_000, sessions: 5_000 });
    const removing = createRemoveOldSessions(store, () => new Date())(stop.signal);
    stop.abort();
    await removing;
    expect(store.events).toEqual(['tokens 500']);
  });
});
