import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { ApolloServerPlugin } from '@apollo/server';
import { turnOfItsOwn } from '@identity/service-kit/one-a-turn';
import { answerWeight } from './answer-weight.js';
import { ShedError } from './shed-error.js';

/** What takes so long to read or to write that each has a turn of the event loop for itself. */
export const LONG_BYTES = 128 * 1_024;

/** Tells whether an answer of this weight, in bytes, may still be read for a request; not called twice for one. */
export type AdmitAnswer = (bytes: number) => boolean;

/** There is an answer, and it was not read because of its size. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';

  constructor() {
    super('the answer is too large');
  }
}

/**
 * Says less than JSON.parse, whose errors quote the text.
 *
 * @throws {@link AnswerTooLargeError} when the text is not admitted.
 * @throws Error when it is no JSON.
 */
export function parseAdmitted(text: string, admits: AdmitAnswer): unknown {
  if (!admits(answerWeight(text))) throw new AnswerTooLargeError();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is not valid JSON');
  }
}

/** Until when the answer to a call that begins now is worth reading: that to a mutation, of something that is done, always is. */
export function readUntil(isMutation: boolean, timeoutMs: number): number {
  return isMutation ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
}

/**
 * As {@link parseAdmitted}, so that everything else has its turn before and afterwards, and between two of them.
 *
 * @param until - When it must be its turn, in milliseconds of `performance.now()`.
 * @throws ShedError when so many others are read before it that it is later then.
 */
export async function readApart(text: string, admits: AdmitAnswer, until: number): Promise<unknown> {
  await turnOfItsOwn();
  if (performance.now() > until) throw new ShedError('answer_waited_too_long');
  const value = parseAdmitted(text, admits);
  await endOfTurn();
  return value;
}

/** What is to be known of a request before its answer is written. */
export interface AnsweredContext {
  /** How much subgraphs have answered to it until now. */
  answeredBytes(): number;
}

/** Writes the answer to a request apart from whatever was done with what subgraphs have answered, if that was long. */
export function writeLongAnswersApart<TContext extends AnsweredContext>(): ApolloServerPlugin<TContext> {
  return {
    requestDidStart: async () => ({
      async willSendResponse({ contextValue }) {
        if (contextValue.answeredBytes() > LONG_BYTES) await endOfTurn();
      },
    }),
  };
}
