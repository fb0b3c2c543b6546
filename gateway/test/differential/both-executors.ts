import { ApolloGateway } from '@apollo/gateway';
import { isRecord } from '@identity/service-kit/json';
import { maskError } from '@identity/service-kit/mask-errors';
import { createHash } from 'node:crypto';
import { getOperationAST, GraphQLError, isAbstractType, parse, validate, type GraphQLSchema } from 'graphql';
import { createApolloDataSource } from '../../src/apollo-data-source.js';
import type { ExecutionResult, RequestContext, ResolvedPlan } from '../../src/execution/apollo-types.js';
import { createCompiledPlans } from '../../src/execution/compiled-plans.js';
import { createExecution } from '../../src/executor.js';
import { createSubgraphClient } from '../../src/subgraph-client.js';
import type { ComposedSubgraph } from '../support/gateway.js';
import type { ConcreteTypes, Mood } from './fake-data.js';
import { createFakeSubgraph } from './fake-subgraph.js';
import type { RandomOperation } from './random-operations.js';

/** What both ways of executing an operation have brought. */
export interface Comparison {
  readonly apollo: Outcome;
  readonly compiled: Outcome;
  /** Executed from the memory of compiled plans; null when there is none. */
  readonly compiledAgain: Outcome | null;
  readonly isPlanned: boolean;
  /** How many calls to subgraphs the plan has. */
  readonly fetches: number;
  readonly asksForEntities: boolean;
  /** How many entities the subgraphs have answered with. */
  readonly entities: number;
}

/** An answer in a form that can be compared. */
export interface Outcome {
  readonly data?: unknown;
  readonly errors: readonly string[];
}

/** One supergraph with both ways of executing operations on it. */
export interface BothExecutors {
  readonly schema: GraphQLSchema;
  /**
   * Executes an operation both ways; null when it is not valid.
   *
   * @param moodOf - Decides by the text of the plan what is likely to happen.
   */
  compare(operation: RandomOperation, moodOf: (plan: string) => Mood): Promise<Comparison | null>;
}

const SERENE: Mood = { seed: '', nulls: 0, errors: 0, violations: 0, failures: 0, falsy: false };
const NO_LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Loads a supergraph whose subgraphs are fakes. */
export async function loadBothExecutors(
  supergraphSdl: string,
  subgraphs: readonly Omit<ComposedSubgraph, 'url'>[],
): Promise<BothExecutors> {
  const state: State = { mood: SERENE, moodOf: () => SERENE, plan: null, schema: null, compiles: false, entities: 0 };
  const clients = new Map(
    subgraphs.map(({ name, sdl }) => {
      const transport = createFakeSubgraph({
        name,
        sdl,
        concreteTypes: concreteTypesOf(state),
        mood: () => state.mood,
        onEntity: () => {
          state.entities += 1;
        },
      });
      return [
        name,
        createSubgraphClient({ name, routerSecret: '', transport, keepsRefreshCookie: false, maxEntitiesPerCall: 100 }),
      ];
    }),
  );
  const compiledPlans = createCompiledPlans((name) => clients.get(name));
  const rootsByRequest = new WeakMap<object, readonly Record<string, unknown>[]>();
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: NO_LOG,
    buildService({ name }: { readonly name: string }) {
      const client = clients.get(name);
      if (client === undefined) throw new Error(`there is no subgraph ${name}`);
      return createApolloDataSource(client, rootsByRequest);
    },
    experimental_didResolveQueryPlan(resolved) {
      if (state.plan === null) state.mood = state.moodOf(JSON.stringify(resolved.queryPlan));
      state.plan = resolved.queryPlan;
      if (state.compiles) compiledPlans.takeOver(resolved);
    },
  });
  gateway.onSchemaLoadOrUpdate(({ apiSchema, coreSupergraphSdl }) => {
    state.schema = apiSchema;
    compiledPlans.use(apiSchema, coreSupergraphSdl);
  });
  const { executor } = await gateway.load();
  const schema = schemaIn(state);
  const byApollo = createExecution(executor, null).execute;
  const byCompiled = createExecution(executor, compiledPlans).execute;

  return {
    schema,
    async compare(operation, moodOf) {
      const request = requestOf(operation, schema);
      if (request === null) return null;
      Object.assign(state, { moodOf, plan: null, compiles: true, entities: 0 });
      const compiled = await outcomeOf(() => byCompiled(request()));
      const isCompiled = compiledPlans.find(request()) !== null;
      const compiledAgain = isCompiled ? await outcomeOf(() => byCompiled(request())) : null;
      state.compiles = false;
      const apollo = await outcomeOf(() => byApollo(request()));
      const plan = JSON.stringify(state.plan);
      const fetches = plan.split('"kind":"Fetch"').length - 1;
      const asksForEntities = plan.includes('"requires":[');
      return {
        apollo,
        compiled,
        compiledAgain,
        isPlanned: state.plan !== null,
        fetches,
        asksForEntities,
        entities: state.entities,
      };
    },
  };
}

interface State {
  mood: Mood;
  moodOf: (plan: string) => Mood;
  plan: ResolvedPlan['queryPlan'] | null;
  schema: GraphQLSchema | null;
  compiles: boolean;
  entities: number;
}

function schemaIn({ schema }: State): GraphQLSchema {
  if (schema === null) throw new Error('the supergraph has not been loaded');
  return schema;
}

/** What a subgraph knows as one type, and the schema as an interface, is of the type that its number says. */
function concreteTypesOf(state: State): ConcreteTypes {
  return (name, number) => {
    const type = state.schema?.getType(name);
    if (state.schema === null || !isAbstractType(type)) return name;
    const names = state.schema.getPossibleTypes(type).map((possible) => possible.name);
    return names.sort()[number % names.length] ?? name;
  };
}

function requestOf({ query, variables }: RandomOperation, schema: GraphQLSchema): (() => RequestContext) | null {
  const document = parse(query);
  const operation = getOperationAST(document);
  if (operation == null || validate(schema, document).length > 0) return null;
  const queryHash = createHash('sha256').update(query).digest('hex');
  const request = { query, variables, operationName: operation.name?.value };
  return () => {
    const context: unknown = {
      schema,
      document,
      operation,
      queryHash,
      request,
      operationName: operation.name?.value,
      context: { requestId: 'test', authorization: null, traceparent: null, clientAddress: null, userAgent: null },
      logger: NO_LOG,
      metrics: {},
    };
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- as much of a request as is looked at
    return context as RequestContext;
  };
}

async function outcomeOf(execute: () => Promise<ExecutionResult>): Promise<Outcome> {
  try {
    const { data, errors = [] } = await execute();
    const sent: unknown = JSON.parse(JSON.stringify({ data }));
    return { ...(isRecord(sent) ? sent : {}), errors: errors.map(asClientsSee).sort() };
  } catch (error) {
    return { errors: [`rejected: ${error instanceof Error ? asClientsSee(error) : String(error)}`] };
  }
}

function asClientsSee(error: Error): string {
  const formatted = error instanceof GraphQLError ? error.toJSON() : { message: error.message };
  return JSON.stringify(maskError(formatted, error));
}
