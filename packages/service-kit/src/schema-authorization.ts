import {
  defaultFieldResolver,
  getNamedType,
  isObjectType,
  locatedError,
  responsePathAsArray,
  Kind,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import { demandsOf, requireAccess } from './access-demands.js';
import type { Authentication } from './authentication.js';
import { requireSelfOrAdmin, type Subject } from './self-access.js';
import { withoutStackTraces } from './stack-traces.js';

/** Tells whose an object of a type is, from what the type's resolvers start from. */
export type FindSubject = (parent: unknown) => Subject;

/** What the decisions need of a resolver's context. */
interface AuthorizedContext {
  readonly authentication: Authentication;
}

/** Own: federation knows no demand that depends on data and that other routers would leave to the subgraph. */
const SELF_DIRECTIVE = 'self';

/** Names under which directives could stand that would not be enforced here. */
const UNENFORCED_DIRECTIVES = /^(?:policy|\w+__(?:policy|authenticated|requiresScopes))$/;
const AUTHORIZATION_IMPORTS = /^@(?:policy|authenticated|requiresScopes)$/;

/**
 * Makes every field keep what the schema declares of it, whatever way leads there: `@authenticated`, `@requiresScopes`
 * and `@self`, on the field, on the interface's field that it implements, on its type, or on what it returns.
 *
 * @param subjects - By the name of a type that has fields with `@self`.
 * @throws Error when a type with `@self` has no finder, or the schema declares something that is not enforced.
 */
export function enforceAuthorization(schema: GraphQLSchema, subjects: ReadonlyMap<string, FindSubject>): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) for (const field of Object.values(type.getFields())) guard(type, field, subjects);
  }
}

function guard(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  subjects: ReadonlyMap<string, FindSubject>,
): void {
  const directives = directivesAbout(type, field);
  const demands = demandsOf(directives);
  const ownedOnly = directives.some(({ name }) => name.value === SELF_DIRECTIVE);
  if (demands.length === 0 && !ownedOnly) return;
  const findSubject = ownedOnly ? subjects.get(type.name) : undefined;
  if (ownedOnly && findSubject === undefined)
    throw new Error(`${type.name}.${field.name} has @${SELF_DIRECTIVE}, but nothing tells whose a ${type.name} is`);

  const resolve = field.resolve ?? defaultFieldResolver;
  Object.assign(field, {
    resolve(parent: unknown, fieldArguments: unknown, context: AuthorizedContext, info: GraphQLResolveInfo): unknown {
      try {
        requireAccess(context.authentication, demands);
        if (findSubject !== undefined) requireSelfOrAdmin(context.authentication, findSubject(parent));
      } catch (refusal) {
        // As graphql-js would do it, which then leaves it as it is.
        throw withoutStackTraces(() => locatedError(refusal, info.fieldNodes, responsePathAsArray(info.path)));
      }
      return resolve(parent, fieldArguments, context, info);
    },
  });
}

function directivesAbout(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): readonly ConstDirectiveNode[] {
  const declarations = [type, ...type.getInterfaces()].flatMap((owner) => owner.getFields()[field.name] ?? []);
  return [
    ...declarations.flatMap(({ astNode }) => astNode?.directives ?? []),
    ...[type, getNamedType(field.type)].flatMap(directivesOnType),
  ];
}

function directivesOnType({ astNode, extensionASTNodes }: GraphQLNamedType): readonly ConstDirectiveNode[] {
  return [astNode, ...extensionASTNodes].flatMap((node) => node?.directives ?? []);
}

/**
 * Refuses declarations that look like authorization and would not be enforced: `@policy`, and directives under other
 * names than their own.
 *
 * @throws Error naming the first of them.
 */
export function refuseUnenforcedDirectives(sdl: DocumentNode): void {
  visit(sdl, {
    Directive({ name }) {
      if (UNENFORCED_DIRECTIVES.test(name.value)) throw new Error(`@${name.value} would not be enforced`);
    },
    // In the arguments of @link: `{ name: "@authenticated", as: "@signedIn" }`.
    ObjectField({ name, value }) {
      if (name.value === 'name' && value.kind === Kind.STRING && AUTHORIZATION_IMPORTS.test(value.value))
        throw new Error(`${value.value} must be imported under its own name, or it would not be enforced`);
    },
  });
}
