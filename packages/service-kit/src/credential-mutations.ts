import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import {
  buildASTSchema,
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { ErrorCode } from './errors.js';
import { rootFieldsOf } from './root-fields.js';

/** The tag of mutations that try or change a credential, and of arguments that are one, in the SDL. */
const CREDENTIAL_TAG = 'credential';

/**
 * Refuses operations that hold more than one mutation marked by `@tag(name: "credential")`, whatever aliases and
 * fragments they stand behind: one request must not be able to try a list of passwords (OWASP GraphQL Cheat Sheet,
 * batching attacks). What stands under `@skip` and `@include` counts as if it were executed.
 *
 * The client gets OPERATION_TOO_COMPLEX with the HTTP status 400, and nothing is executed. It works for a subgraph and
 * for a gateway, which knows the marks from the supergraph.
 */
export function oneCredentialMutation<TContext extends BaseContext>(): ApolloServerPlugin<TContext> {
  let marked: ReadonlySet<string> = new Set();
  return {
    serverWillStart: () =>
      Promise.resolve({
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl }) {
          marked = markedMutations(
            coreSupergraphSdl === undefined
              ? apiSchema
              : buildASTSchema(parse(coreSupergraphSdl), { assumeValidSDL: true }),
          );
        },
      }),
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ document, operation }) =>
          operation !== undefined && countMutations(document, operation, marked) > 1
            ? Promise.reject(tooMany())
            : Promise.resolve(),
      }),
  };
}

/** The schema must have been built with its definitions: nothing else holds the tags. */
function markedMutations(schema: GraphQLSchema): ReadonlySet<string> {
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  return new Set(fields.filter(({ astNode }) => isMarkedCredential(astNode)).map(({ name }) => name));
}

function countMutations(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  marked: ReadonlySet<string>,
): number {
  if (operation.operation !== OperationTypeNode.MUTATION) return 0;
  const credentials = rootFieldsOf(document, operation).filter(({ name }) => marked.has(name.value));
  return new Set(credentials.map(({ alias, name }) => (alias ?? name).value)).size;
}

/** Whether a mutation or an argument carries the mark. */
export function isMarkedCredential(
  definition: FieldDefinitionNode | InputValueDefinitionNode | null | undefined,
): boolean {
  return (definition?.directives ?? []).some(
    ({ name, arguments: given = [] }) =>
      name.value === 'tag' && given.some(({ value }) => value.kind === Kind.STRING && value.value === CREDENTIAL_TAG),
  );
}

function tooMany(): GraphQLError {
  const code: ErrorCode = 'OPERATION_TOO_COMPLEX';
  return new GraphQLError('An operation may hold one mutation that tries or changes a credential.', {
    extensions: { code, http: { status: 400 } },
  });
}
