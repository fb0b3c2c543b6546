import type { ApolloServerPlugin } from '@apollo/server';
import { OperationTypeNode, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { RecordedContext } from './operation-record.js';
import type { RequestRecord } from './request-log.js';
import { createSegmentedCache } from './segmented-cache.js';

/** A query that has been parsed and validated, and that no rule refuses whatever its variables are. */
export interface KnownQuery {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly queryHash: string;
  /** Of the root; for the log. */
  readonly fields: readonly string[];
}

/** The queries that clients have sent. */
export interface KnownQueries<TContext extends RecordedContext> {
  /** @param operationName - Null when the client has not named an operation. */
  find(text: string, operationName: string | null): KnownQuery | null;
  /** Makes Apollo Server tell of the queries that have passed all its rules and plugins. */
  readonly plugin: ApolloServerPlugin<TContext>;
}

/** Measured: a parsed document takes 84 to 90 bytes for each character of its text, and the text itself one or two. */
const BYTES_PER_CHARACTER = 92;
const MAX_BYTES = 8 * 1_024 * 1_024;

/** Creates the memory of the queries on the schema that is live. */
export function createKnownQueries<TContext extends RecordedContext>(): KnownQueries<TContext> {
  const queries = createSegmentedCache<KnownQuery>(MAX_BYTES);
  let live: GraphQLSchema | null = null;

  function remember(text: string, operationName: string | null, query: KnownQuery): void {
    // It may have begun before the schema was exchanged.
    if (query.schema !== live) return;
    const key = keyOf(text, operationName);
    if (queries.peek(key) === undefined) queries.set(key, query, BYTES_PER_CHARACTER * key.length);
  }

  return {
    find: (text, operationName) => queries.get(keyOf(text, operationName)) ?? null,
    plugin: {
      serverWillStart: () =>
        Promise.resolve({
          schemaDidLoadOrUpdate({ apiSchema }) {
            live = apiSchema;
            queries.clear();
          },
        }),
      requestDidStart: () =>
        Promise.resolve({
          executionDidStart({ schema, document, operation, queryHash, source, request, contextValue: { record } }) {
            if (operation.operation === OperationTypeNode.QUERY)
              remember(source, request.operationName ?? null, {
                schema,
                document,
                operation,
                queryHash,
                fields: record.fields ?? [],
              });
            return Promise.resolve();
          },
        }),
    },
  };
}

/** Notes in the record of a request what it asks for. */
export function noteKnownQuery({ operation, fields }: KnownQuery, record: RequestRecord): void {
  record.operation = operation.operation;
  if (operation.name !== undefined) record.operationName = operation.name.value;
  record.fields = fields;
}

/** A name holds no such character, so that what stands before the first one is the name. */
function keyOf(text: string, operationName: string | null): string {
  return `${operationName ?? ''}\0${text}`;
}
