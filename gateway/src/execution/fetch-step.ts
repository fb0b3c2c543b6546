import { isRecord } from '@identity/service-kit/json';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { createSubgraphOperation, type SubgraphFetch } from '../subgraph-client.js';
import type { FetchNode } from './apollo-types.js';
import type { Variables } from './conditions.js';
import { mergeInto, type JsonObject } from './json-objects.js';
import { compileRepresentation } from './representations.js';
import { compileRewrites } from './rewrites.js';
import type { Run, Step, StepOptions } from './run.js';

/** Sends a fetch for one run. */
type Send = (run: Run, representations: SubgraphFetch['representations']) => Promise<JsonObject | null>;

/** Prepares a call to a subgraph; null when it is not understood. */
export function compileFetch(node: FetchNode, target: readonly string[], options: StepOptions): Step | null {
  const send = compileSend(node, target, options);
  if (send === null || node.contextRewrites !== undefined) return null;
  const fetchFor = node.requires === undefined ? rootFetch(node, send, options) : entityFetch(node, send, options);
  return async (run, objects) => {
    if (objects.length === 0) return;
    try {
      await fetchFor(run, objects);
    } catch (error) {
      run.errors.push(toGraphQLError(error));
    }
  };
}

function compileSend(node: FetchNode, target: readonly string[], { clientOf }: StepOptions): Send | null {
  const client = clientOf(node.serviceName);
  if (client === undefined) return null;
  const operation = createSubgraphOperation(node.operation, node.operationName);
  const isMutation = node.operationKind === OperationTypeNode.MUTATION;
  const names = node.variableUsages ?? [];
  return async ({ context, schema, variables, data, errors }, representations) => {
    const outcome = await client.ask(
      {
        operation,
        variables: pick(variables, names),
        representations,
        target,
        isMutation,
        roots: [data],
        schema,
      },
      context,
    );
    errors.push(...outcome.errors);
    return outcome.data;
  };
}

/** Fields of a root type, which also may be fetched for objects that hold it. */
function rootFetch(node: FetchNode, send: Send, { supergraph }: StepOptions): Step {
  const rewrite = compileRewrites(node.outputRewrites, supergraph);
  return async (run, objects) => {
    const received = await send(run, null);
    if (received === null) return;
    rewrite?.(received);
    for (const object of objects) mergeInto(object, received);
  };
}

function entityFetch(node: FetchNode, send: Send, { supergraph }: StepOptions): Step {
  const represent = compileRepresentation(node.requires ?? [], supergraph);
  const rewriteSent = compileRewrites(node.inputRewrites, supergraph);
  const rewriteReceived = compileRewrites(node.outputRewrites, supergraph);
  return async (run, objects) => {
    const representations: JsonObject[] = [];
    const represented: JsonObject[] = [];
    for (const object of objects) {
      const representation = represent(object);
      const typename = representation?.['__typename'];
      // Not every object of an abstract type is known to the subgraph.
      if (representation === null || typename == null || typename === '') continue;
      rewriteSent?.(representation);
      representations.push(representation);
      represented.push(object);
    }
    if (representations.length === 0) return;
    const received = (await send(run, representations))?.['_entities'];
    if (!Array.isArray(received)) return;
    represented.forEach((object, index) => {
      const entity: unknown = received[index];
      if (entity == null) return;
      if (!isRecord(entity)) throw new Error('a subgraph has answered something else than an entity');
      entity['__typename'] ??= object['__typename'];
      rewriteReceived?.(entity);
      mergeInto(object, entity);
    });
  };
}

function pick(variables: Variables, names: readonly string[]): Variables {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error('the fetch failed', { cause: error });
  return new GraphQLError(originalError.message, { originalError });
}
