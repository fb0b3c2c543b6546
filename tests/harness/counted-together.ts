import type { TestStack } from './stack.js';

/** What a service logs when it stops waiting for Redis, and when it believes it again. */
const COUNTED_ALONE = /redis (?:does not answer|answers) in time/;
const MAX_TRIES = 3;

/**
 * Does work that asserts exact counts of attempts. They are exact while Redis answers: after one slow answer a service
 * allows what it has counted alone, and says so. Only then is the work that has failed done once more, so it must not
 * depend on what it has done before.
 */
export async function expectCountedTogether(
  { logs }: Pick<TestStack, 'logs'>,
  work: () => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const linesBefore = logs.length;
    try {
      await work();
      return;
    } catch (error) {
      const wasAlone = logs.slice(linesBefore).some((line) => COUNTED_ALONE.test(line));
      if (!wasAlone || tries === MAX_TRIES) throw error;
    }
  }
}
