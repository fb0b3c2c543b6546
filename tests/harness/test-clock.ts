/** A clock that starts at the real time and moves on by itself only as the real one does. */
export interface TestClock {
  readonly now: () => Date;
  /** Moves the clock forward. */
  advance(milliseconds: number): void;
}

export function createTestClock(): TestClock {
  let offset = 0;
  return {
    now: () => new Date(Date.now() + offset),
    advance(milliseconds) {
      offset += milliseconds;
    },
  };
}
