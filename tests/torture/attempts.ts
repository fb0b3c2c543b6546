import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '@identity/client/client-error';
import type { GraphqlResult } from '@identity/client/graphql-result';
import type { Ledger } from './ledger.js';
import { NoAnswerError } from './plain-fetch.js';

/** What came of asking once. */
export type Attempt<T> =
  | { readonly kind: 'answered'; readonly payload: T }
  /** A definite no: nothing was done. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Done or not: nobody knows; certainly not if nobody was reached. */
  | { readonly kind: 'unknown'; readonly wasReached: boolean; readonly reason: string };

/** Something to ask for. */
export interface Question<TData, T> {
  readonly name: string;
  readonly ask: () => Promise<GraphqlResult<TData>>;
  readonly pick: (data: TData) => T | null | undefined;
}

const UNKNOWN_CODES: ReadonlySet<string> = new Set(['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);
const PAUSE_MS = 100;
const PATIENCE_MS = 60_000;

/** Asks once, and notes what came of it; without an answer it takes a breath. */
export async function attempt<TData, T>(ledger: Ledger, question: Question<TData, T>): Promise<Attempt<T>> {
  const result = await judge(ledger, question);
  if (result.kind === 'answered') ledger.confirmed.set(question.name, (ledger.confirmed.get(question.name) ?? 0) + 1);
  if (result.kind === 'unknown') {
    ledger.unanswered.push(`${new Date().toISOString()} ${question.name}: ${result.reason}`);
    await sleep(PAUSE_MS);
  }
  return result;
}

/**
 * Asks again until there is an answer.
 *
 * @param onUnknown - Is told of every attempt that has reached somebody and has no answer
 */
export async function insist<TData, T>(
  ledger: Ledger,
  question: Question<TData, T>,
  onUnknown: () => void = () => undefined,
): Promise<Exclude<Attempt<T>, { kind: 'unknown' }>> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const result = await attempt(ledger, question);
    if (result.kind !== 'unknown') return result;
    if (result.wasReached) onUnknown();
  }
  return { kind: 'refused', reason: `no answer within ${PATIENCE_MS} ms` };
}

async function judge<TData, T>(ledger: Ledger, { name, ask, pick }: Question<TData, T>): Promise<Attempt<T>> {
  try {
    const { data, errors = [] } = await ask();
    const payload = data == null ? null : pick(data);
    if (payload != null) return { kind: 'answered', payload };
    const codes = errors.map(({ extensions: { code, reason = '' } }) => `${code} ${reason}`.trim());
    const isUnknown = codes.length > 0 && codes.every((code) => UNKNOWN_CODES.has(code));
    const reason = codes.join(', ');
    return isUnknown ? { kind: 'unknown', wasReached: true, reason } : { kind: 'refused', reason };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.bodyExcerpt !== '') ledger.violations.push(`${name} was answered without GraphQL: ${error.bodyExcerpt}`);
    if (error.cause instanceof NoAnswerError)
      ledger.violations.push(`${name} was not answered: ${error.cause.message}`);
    const { message } = error.cause instanceof Error ? error.cause : error;
    return { kind: 'unknown', wasReached: !isRefusal(error.cause), reason: message };
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
