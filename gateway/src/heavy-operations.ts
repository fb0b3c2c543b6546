import { getHeapStatistics } from 'node:v8';
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
  /** How much subgraphs may answer to one, in bytes. */
  readonly maxAnswerBytes: number;
  /** How many heavy ones may wait for others. */
  readonly maxWaiting: number;
  /** How long, in milliseconds. */
  readonly maxWaitMs: number;
  /** Told of every operation that is not executed because of the others. */
  readonly onShed: () => void;
}

/** Of what one may cost: a page of a hundred accounts, but not a person with all that belongs to them. */
const HEAVY_SHARE = 0.1;

/** However much one may cost: what costs as much brings 0.6 MiB, if all of it are the longest preferences that there may be. */
const HEAVY_COST = 300;

/** So that light ones are not behind many, however little each may bring. */
const MAX_AT_ONCE = 16;

/** They are kept as text in several places; measured, 256 answers of 2 MiB at once took more than 256 MiB. */
const MAX_BYTES_AT_ONCE = 32 * 1_024 * 1_024;

/**
 * What those at once may cost together, for each MiB that JavaScript may have: a unit brings 2 KiB of the longest preferences,
 * and as many empty objects as fit into these are 38 KiB once they have been read.
 */
const COST_PER_MIB = 10;

/**
 * Makes a federation execute only so many heavy operations at once that their answers fit into memory, and that light ones,
 * which never wait here, are not behind hundreds of them.
 */
export function boundHeavyOperations({ costs, maxCost, maxAnswerBytes, onShed, ...options }: HeavyOperationsOptions) {
  const heavyCost = Math.min(maxCost * HEAVY_SHARE, HEAVY_COST);
  const costAtOnce = Math.ceil((getHeapStatistics().heap_size_limit / 1_024 / 1_024) * COST_PER_MIB);
  const maxAtOnce = Math.max(1, Math.min(MAX_AT_ONCE, Math.floor(MAX_BYTES_AT_ONCE / maxAnswerBytes)));
  const leastShare = Math.floor(costAtOnce / maxAtOnce);
  const line = createWaitingLine({ places: costAtOnce, ...options });

  /** Null for a light one. */
  function shareOf({ schema, document, operation, request: { variables = {} } }: OperationRequest): number | null {
    const cost = costs.of(schema)(document, operation, variables);
    return cost > heavyCost ? Math.min(costAtOnce, Math.max(cost, leastShare)) : null;
  }

  async function inTurn<T>(
    request: OperationRequest,
    share: number,
    work: () => Promise<T>,
  ): Promise<T | ExecutionResult> {
    const context = contextOf(request.context);
    try {
      await line.enter(context.deadline, share);
    } catch (error) {
      if (!(error instanceof ShedError)) throw error;
      onShed();
      context.retryLater();
      return { errors: [unavailable(error)] };
    }
    try {
      return await work();
    } finally {
      line.leave(share);
    }
  }

  async function findInTurn(
    request: OperationRequest,
    share: number,
    find: Federation['findCompiled'],
  ): ReturnType<typeof find> {
    const execute = await find(request);
    return execute === null ? null : () => inTurn(request, share, execute);
  }

  return ({ execute, findCompiled, ...federation }: Federation): Federation => ({
    ...federation,
    execute(request) {
      const share = shareOf(request);
      return share === null ? execute(request) : inTurn(request, share, async () => execute(request));
    },
    findCompiled(request) {
      const share = shareOf(request);
      return share === null ? findCompiled(request) : findInTurn(request, share, findCompiled);
    },
  });
}

function unavailable(cause: ShedError): GraphQLError {
  const originalError = serviceUnavailable('gateway', cause);
  return new GraphQLError(originalError.message, { originalError, extensions: { http: { status: 503 } } });
}
