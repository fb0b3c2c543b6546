import { setTimeout as sleep } from 'node:timers/promises';
import type { KnownAccount, KnownSession } from './ledger.js';
import type { Operations } from './operations.js';
import type { Random } from './random.js';

/** Something that goes on until it is stopped. */
export interface Traffic {
  /** Resolves when the requests under way have been answered. */
  stop(): Promise<void>;
}

const MAX_PAUSE_MS = 20;

/** How often what is done; the rest are profile updates. */
const SHARES = { register: 0.15, refresh: 0.3, login: 0.1, logout: 0.07, useEnded: 0.05 } as const;

/** Lets so many people at a time do things at random, each one after the other, with accounts of their own. */
export function startTraffic(count: number, operations: Operations, random: Random): Traffic {
  let stopped = false;

  async function live(): Promise<void> {
    const accounts: KnownAccount[] = [];
    while (!stopped) {
      await act(accounts);
      await sleep(random.next() * MAX_PAUSE_MS);
    }
  }

  async function act(accounts: KnownAccount[]): Promise<void> {
    const dice = draw();
    const account = dice === 'register' ? undefined : pick(accounts);
    if (account === undefined) {
      const registered = await operations.register();
      if (registered !== null) accounts.push(registered);
    } else if (dice === 'login' || dice === 'register') {
      await operations.login(account);
    } else {
      await use(account, dice);
    }
  }

  async function use(account: KnownAccount, dice: 'refresh' | 'logout' | 'useEnded' | 'update'): Promise<void> {
    const session = pick(account.sessions.filter(({ isLive }) => isLive === (dice !== 'useEnded')));
    if (session === undefined) await operations.login(account);
    else await operations[dice](account, session);
  }

  function draw(): keyof typeof SHARES | 'update' {
    let rest = random.next();
    for (const name of ['register', 'refresh', 'login', 'logout', 'useEnded'] as const) {
      rest -= SHARES[name];
      if (rest < 0) return name;
    }
    return 'update';
  }

  function pick<T extends KnownAccount | KnownSession>(items: readonly T[]): T | undefined {
    return items[random.below(items.length)];
  }

  const work = Promise.all(Array.from({ length: count }, live));
  return {
    async stop() {
      stopped = true;
      await work;
    },
  };
}
