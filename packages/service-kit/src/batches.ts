import { setImmediate as endOfTurn } from 'node:timers/promises';

/** Answers about many keys at once, all different. */
export type AskMany<T> = (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>;

/** Asks together with all who ask at the same time. */
export interface Batches<T> {
  /** Rejects with what asking threw, or with an Error when there is no answer about the key. */
  one(key: string): Promise<T>;
  /** The answers that there are; also about keys that others have asked about. Rejects with what asking threw. */
  all(keys: readonly string[]): Promise<ReadonlyMap<string, T>>;
}

/** How much is asked at once. */
export interface BatchLimits {
  readonly maxUnderWay: number;
  readonly maxKeys: number;
}

interface Batch<T> {
  readonly keys: Set<string>;
  readonly answers: Promise<ReadonlyMap<string, T>>;
}

/**
 * Gathers questions into batches, so that many who ask at once cost little more than one. A batch is sent at the end of
 * the turn of the event loop, or later, when fewer than `maxUnderWay` are under way. Nobody gets an answer to a batch
 * that was sent before they asked: it may be older than what they must know.
 */
export function createBatches<T>(askMany: AskMany<T>, { maxUnderWay, maxKeys }: BatchLimits): Batches<T> {
  const waiting: (() => void)[] = [];
  let gathering: Batch<T> | null = null;
  let underWay = 0;

  async function send(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, T>> {
    await endOfTurn();
    if (underWay >= maxUnderWay) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay += 1;
    if (gathering?.keys === keys) gathering = null;
    try {
      return await askMany([...keys]);
    } finally {
      const next = waiting.shift();
      // The place under way is handed on.
      if (next === undefined) underWay -= 1;
      else next();
    }
  }

  function join(key: string): Batch<T> {
    if (gathering === null || gathering.keys.size >= maxKeys) {
      const keys = new Set<string>();
      gathering = { keys, answers: send(keys) };
    }
    gathering.keys.add(key);
    return gathering;
  }

  return {
    async one(key) {
      const answer = (await join(key).answers).get(key);
      if (answer === undefined) throw new Error('a question was not answered');
      return answer;
    },
    async all(keys) {
      const answers = await Promise.all([...new Set(keys.map(join))].map((batch) => batch.answers));
      const [first = new Map<string, T>(), ...others] = answers;
      return others.length === 0 ? first : new Map(answers.flatMap((each) => [...each]));
    },
  };
}
