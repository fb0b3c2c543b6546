import { isRecord } from '@identity/service-kit/json';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { createSubgraphOperation, type SubgraphFetch } from '../subgraph-client.js';
import type { FetchNode } from './apollo-types.js';
import type { Variables } from './conditions.js';
import { mergeInto, type JsonObject } from './json-objects.js';
import { compileRepresentation } from './representations.js';
import { compileRewrites } from './rewrites.js';
import type { Step, StepOptions } from './run.js';

/** What surrounds the sending of a fetch. */
interface Fetch {
  /** The objects that it is sent for, and what they are represented by, if they are; null when there is none. */
  prepare(objects: readonly JsonObject[]): Prepared | null;
  /** Puts what it has brought into the objects. */
  receive(received: JsonObject, objects: readonly JsonObject[]): void;
}

interface Prepared {
  readonly objects: readonly JsonObject[];
  readonly representations: SubgraphFetch['representations'];
}

/** Prepares a call to a subgraph; null when it is not understood. */
export function compileFetch(node: FetchNode, target: readonly string[], options: StepOptions): Step | null {
  const client = options.clientOf(node.serviceName);
  if (client === undefined || node.contextRewrites !== undefined) return null;
  const operation = createSubgraphOperation(node.operation, node.operationName);
  const isMutation = node.operationKind === OperationTypeNode.MUTATION;
  const names = node.variableUsages ?? [];
  const fetch = node.requires === undefined ? rootFetch(node, options) : entityFetch(node, options);
  return async (run, objects) => {
    if (objects.length === 0) return;
    try {
      const prepared = fetch.prepare(objects);
      if (prepared === null) return;
      const { data, errors } = await client.ask(
        {
          operation,
          variables: pick(run.variables, names),
          representations: prepared.representations,
          target,
          isMutation,
          roots: [run.data],
          schema: run.schema,
        },
        run.context,
      );
      if (errors.length > 0) run.errors.push(...errors);
      if (data !== null) fetch.receive(data, prepared.objects);
    } catch (error) {
      run.errors.push(toGraphQLError(error));
    }
  };
}

/** Fields of a root type, which also may be fetched for objects that hold it. */
function rootFetch(node: FetchNode, { supergraph }: StepOptions): Fetch {
  const rewrite = compileRewrites(node.outputRewrites, supergraph);
  return {
    prepare: (objects) => ({ objects, representations: null }),
    receive(received, objects) {
      rewrite?.(received);
      for (const object of objects) mergeInto(object, received);
    },
  };
}

function entityFetch(node: FetchNode, { supergraph }: StepOptions): Fetch {
  const represent = compileRepresentation(node.requires ?? [], supergraph);
  const rewriteSent = compileRewrites(node.inputRewrites, supergraph);
  const rewriteReceived = compileRewrites(node.outputRewrites, supergraph);
  return {
    prepare(objects) {
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
      return representations.length === 0 ? null : { objects: represented, representations };
    },
    receive({ _entities: entities }, objects) {
      if (!Array.isArray(entities)) return;
      objects.forEach((object, index) => {
        const entity: unknown = entities[index];
        if (entity == null) return;
        if (!isRecord(entity)) throw new Error('a subgraph has answered something else than an entity');
        entity['__typename'] ??= object['__typename'];
        rewriteReceived?.(entity);
        mergeInto(object, entity);
      });
    },
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
