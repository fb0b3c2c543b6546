import type { ApolloServerPlugin } from '@apollo/server';
import { defaultFieldResolver, type GraphQLError, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import { maskError, type MaskError } from './mask-errors.js';
import type { RequestRecord } from './request-log.js';
import { rootFieldsOf } from './root-fields.js';
import { namesOf } from './schema-names.js';

/** What recording needs to know of a request. */
export interface RecordedContext {
  readonly record: RequestRecord;
}

/** Notes in the record of a request what it asks for, and the code of each error. */
export function recordOperations<TContext extends RecordedContext>(
  mask: MaskError = maskError,
): ApolloServerPlugin<TContext> {
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ document, operation, schema, contextValue: { record } }) {
        if (operation === undefined) return;
        record.operation = operation.operation;
        if (operation.name !== undefined) record.operationName = operation.name.value;
        // Of a kind of operation that the schema does not have, the fields have not been validated.
        const names = rootFieldsOf(document, operation).map(({ name }) => name.value);
        record.fields = [...new Set(names)].filter(namesOf(schema));
      },
      async didEncounterErrors({ errors, contextValue: { record } }) {
        noteCodes(errors, record, mask);
      },
    }),
  };
}

/** Notes in the record of a request the code of each error. */
export function noteCodes(errors: readonly GraphQLError[], record: RequestRecord, mask: MaskError): void {
  for (const error of errors) record.codes.add(String(mask(error.toJSON(), error).extensions?.['code']));
}

/**
 * Makes every mutation note how it ended: the codes of its `userErrors`, whether the client asks for them or not, and
 * otherwise the account that its payload shows, of a login also instead of the caller (OWASP ASVS 5, 16.3.1: every
 * attempt to log in is logged).
 */
export function recordOutcomes(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    Object.assign(field, {
      async resolve(parent: unknown, fieldArguments: unknown, context: RecordedContext, info: GraphQLResolveInfo) {
        const payload: unknown = await resolve(parent, fieldArguments, context, info);
        noteOutcome(payload, context.record);
        return payload;
      },
    });
  }
}

function noteOutcome(payload: unknown, record: RequestRecord): void {
  const userErrors = property(payload, 'userErrors');
  for (const userError of Array.isArray(userErrors) ? userErrors : []) {
    record.codes.add(String(property(userError, 'code')));
  }
  const userId = property(property(payload, 'user'), 'id');
  // Whoever is given tokens has proven who they are, whatever token the request carries.
  const isProven = (property(payload, 'tokens') ?? null) !== null;
  if (typeof userId === 'string' && (isProven || record.userId === undefined)) record.userId = userId;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
