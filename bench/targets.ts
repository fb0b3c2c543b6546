import { isDeepStrictEqual } from 'node:util';
import { request } from 'undici';

/** Where load goes, and whose processor time it costs. */
export interface Target {
  readonly url: string;
  /** What every request carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** The processes that answer together; their children count, too. */
  readonly pids: readonly number[];
}

/** An operation that is always answered alike. */
export interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What has to be answered as `data`. */
  readonly data: unknown;
}

/** The body of a request. */
export const bodyOf = ({ query, variables }: Omit<Question, 'data'>): string => JSON.stringify({ query, variables });

/** Sends an operation once, and returns the answer as it came. `fetch` would take more of the machine. */
export async function ask(
  { url, headers }: Pick<Target, 'url' | 'headers'>,
  question: Omit<Question, 'data'>,
): Promise<string> {
  const { body } = await request(url, { method: 'POST', headers, body: bodyOf(question) });
  return body.text();
}

/** Whether an answer is the right one. */
export function isRight(answer: string, { data }: Question): boolean {
  try {
    const parsed: unknown = JSON.parse(answer);
    return isDeepStrictEqual(parsed, { data });
  } catch {
    return false;
  }
}

/**
 * The exact answer, which is the same for each request.
 *
 * @throws Error when the answer is not the right one.
 */
export async function rightAnswer(target: Target, question: Question): Promise<string> {
  const answer = await ask(target, question);
  if (!isRight(answer, question)) throw new Error(`a wrong answer: ${answer.slice(0, 300)}`);
  return answer;
}
