import type { ApolloGateway, GatewayConfig } from '@apollo/gateway';

/** What Apollo tells of a plan before it executes it. */
export type ResolvedPlan = Parameters<NonNullable<GatewayConfig['experimental_didResolveQueryPlan']>>[0];

/** The fetches by which an operation is answered. */
export type QueryPlan = ResolvedPlan['queryPlan'];

/** A client's operation, and the fragments of its document by name. */
export type OperationContext = ResolvedPlan['operationContext'];

/** A part of a plan that can be executed. */
export type PlanNode = Exclude<NonNullable<QueryPlan['node']>, { readonly kind: 'Subscription' }>;

/** One call to a subgraph. */
export type FetchNode = Extract<PlanNode, { readonly kind: 'Fetch' }>;

/** One of two parts of the plan, by the value of a variable. */
export type ConditionNode = Extract<PlanNode, { readonly kind: 'Condition' }>;

/** What an entity is told to a subgraph by. */
export type RequiredSelection = NonNullable<FetchNode['requires']>[number];

/** A change to what is sent or received. */
export type Rewrite = NonNullable<FetchNode['inputRewrites']>[number];

/** Executes an operation that has been parsed and validated. */
export type Executor = Awaited<ReturnType<ApolloGateway['load']>>['executor'];

/** An operation to execute, and the request it came with. */
export type RequestContext = Parameters<Executor>[0];

/** An operation to execute, and of the request it came with what authorization and compiled plans need. */
export type OperationRequest = Pick<
  RequestContext,
  'schema' | 'document' | 'operation' | 'queryHash' | 'request' | 'context'
>;

/** What an execution has brought. */
export type ExecutionResult = Awaited<ReturnType<Executor>>;

/** What an execution brings. */
export type Executing = Promise<ExecutionResult>;
