let answer: (() => void) | null = null;
let isHeld = false;
let hasComeBefore = false;

/**
 * Keeps SIGHUP from ending this process: what comes is remembered until {@link answerHangups}. To be called before anything
 * else is loaded; this file therefore imports nothing.
 */
export function holdHangups(): void {
  if (isHeld) return;
  isHeld = true;
  process.on('SIGHUP', () => {
    if (answer === null) hasComeBefore = true;
    else answer();
  });
}

/** Answers every SIGHUP from now on, and at once, if some have come before, for all of them together. */
export function answerHangups(toDo: () => void): void {
  holdHangups();
  answer = toDo;
  if (hasComeBefore) answer();
}
