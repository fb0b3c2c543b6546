import { demandsOf, type AccessDemand } from '@identity/service-kit/access-demands';
import {
  buildASTSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isUnionType,
  parse,
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
} from 'graphql';
import { accessDirectiveNames } from './security-links.js';

/** What a supergraph demands of who selects a field, all of which must be met; equal demands are one object. */
export interface FieldDemands {
  /**
   * Nothing for a field that anybody may read.
   *
   * @param typeName - The type that the field is selected on.
   * @throws Error for a field that the supergraph does not have.
   */
  of(typeName: string, fieldName: string): readonly AccessDemand[];
}

/** The ways into introspection, which is switched on or off as a whole. */
const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type']);

/**
 * Reads what the directives of a supergraph demand. A field demands what it carries itself, what its type carries, and
 * what the type of its value carries. On an interface it demands what it demands on any type that implements it: which
 * one it will be is not known before a subgraph has answered.
 *
 * @throws Error when a directive cannot be read.
 */
export function readFieldDemands(supergraphSdl: string): FieldDemands {
  const document = parse(supergraphSdl);
  const names = accessDirectiveNames(document);
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  const types = Object.values(schema.getTypeMap());
  const distinct = new Map<string, AccessDemand>();
  const demands = new Map<string, readonly AccessDemand[]>();

  function unify(found: readonly AccessDemand[]): readonly AccessDemand[] {
    const unified = found.map((demand) => {
      const known = distinct.get(JSON.stringify(demand)) ?? demand;
      distinct.set(JSON.stringify(demand), known);
      return known;
    });
    return [...new Set(unified)];
  }

  const onType = (type: GraphQLNamedType): readonly AccessDemand[] => demandsOf(directivesOf(type), names);

  const onField = (
    type: GraphQLObjectType | GraphQLInterfaceType,
    { astNode, type: valueType }: GraphQLField<unknown, unknown>,
  ): readonly AccessDemand[] => [
    ...demandsOf(astNode?.directives ?? [], names),
    ...onType(type),
    ...onType(getNamedType(valueType)),
  ];

  for (const type of types.filter(isCompositeType)) {
    demands.set(`${type.name}.__typename`, unify(onType(type)));
    if (isUnionType(type)) continue;
    const implementations = isInterfaceType(type) ? schema.getImplementations(type).objects : [];
    for (const field of Object.values(type.getFields())) {
      const below = implementations.flatMap((object) => {
        const implemented = object.getFields()[field.name];
        return implemented === undefined ? [] : onField(object, implemented);
      });
      demands.set(`${type.name}.${field.name}`, unify([...onField(type, field), ...below]));
    }
  }

  return {
    of(typeName, fieldName) {
      if (INTROSPECTION.has(fieldName)) return [];
      const found = demands.get(`${typeName}.${fieldName}`);
      if (found === undefined) throw new Error(`the supergraph has no field ${typeName}.${fieldName}`);
      return found;
    },
  };
}

function directivesOf({ astNode, extensionASTNodes }: GraphQLNamedType): readonly ConstDirectiveNode[] {
  return [astNode, ...extensionASTNodes].flatMap((node) => node?.directives ?? []);
}
