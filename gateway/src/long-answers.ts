import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { ApolloServerPlugin } from '@apollo/server';
import { turnOfItsOwn } from '@identity/service-kit/one-a-turn';
import { answerWeight } from './answer-weight.js';

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

/** As {@link parseAdmitted}, so that everything else has its turn before and afterwards, and between two of them. */
export async function readApart(text: string, admits: AdmitAnswer): Promise<unknown> {
  await turnOfItsOwn();
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
