import { serviceUnavailable } from '@identity/service-kit/errors';
import { GraphQLError } from 'graphql';
import { contextOf } from './context.js';
import type { ExecutionResult, OperationRequest } from './execution/apollo-types.js';
import type { Federation } from './federation.js';
import type { OperationCosts } from './policy/operation-costs.js';
import { ShedError } from './shed-error.js';
import { createWaitingLine } from './waiting-line.js';

/** What bounds the execution of heavy operations. */
export interface HeavyOperationsOptions {
  readonly costs: OperationCosts;
  /** What one operation may cost. */
  readonly maxCost: number;
  /** How many heavy ones may wait for others. */
  readonly maxWaiting: number;
  /** How long, in milliseconds. */
  readonly maxWaitMs: number;
  /** Told of every operation that is not executed because of the others. */
  readonly onShed: () => void;
}

/** Of what one may cost: a page of a hundred accounts, but not a person with all that belongs to them. */
const HEAVY_SHARE = 0.1;

/** Each may bring 2 MiB, which are kept as text in several places; measured, 256 at once took more than 256 MiB. */
const HEAVY_AT_ONCE = 16;

/**
 * Makes a federation execute only so many heavy operations at once that their answers fit into memory, and that light ones,
 * which never wait here, are not behind hundreds of them.
 */
export function boundHeavyOperations({ costs, maxCost, onShed, ...options }: HeavyOperationsOptions) {
  const line = createWaitingLine({ places: HEAVY_AT_ONCE, ...options });

  function isHeavy({ schema, document, operation, request: { variables = {} } }: OperationRequest): boolean {
    return costs.of(schema)(document, operation, variables) > maxCost * HEAVY_SHARE;
  }

  async function inTurn<T>(request: OperationRequest, work: () => Promise<T>): Promise<T | ExecutionResult> {
    const context = contextOf(request.context);
    try {
      await line.enter(context.deadline);
    } catch (error) {
      if (!(error instanceof ShedError)) throw error;
      onShed();
      context.retryLater();
      return { errors: [unavailable(error)] };
    }
    try {
      return await work();
    } finally {
      line.leave();
    }
  }

  return ({ execute, executeCompiled, ...federation }: Federation): Federation => ({
    ...federation,
    execute: (request) => (isHeavy(request) ? inTurn(request, async () => execute(request)) : execute(request)),
    executeCompiled: (request) =>
      isHeavy(request) ? inTurn(request, () => executeCompiled(request)) : executeCompiled(request),
  });
}

function unavailable(cause: ShedError): GraphQLError {
  const originalError = serviceUnavailable('gateway', cause);
  return new GraphQLError(originalError.message, { originalError, extensions: { http: { status: 503 } } });
}
