import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  parse,
  print,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type TypeDefinitionNode,
  type TypeExtensionNode,
} from 'graphql';
import { composeSupergraph } from '../../scripts/compose-supergraph.js';
import { ENCLOSED_FIELDS, OPEN_FIELDS } from './support/public-fields.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUBGRAPHS = {
  auth: 'subgraphs/auth/schema.graphql',
  users: 'subgraphs/users/schema.graphql',
  notes: 'examples/notes/schema.graphql',
};
const COMPOSED_DIRECTIVES = ['authenticated', 'requiresScopes'];
const DIRECTIVES = [...COMPOSED_DIRECTIVES, 'self'];

type TypeNode = TypeDefinitionNode | TypeExtensionNode;

/** A field in the SDL of one subgraph. */
interface Declaration {
  /** `Type.field`. */
  readonly coordinate: string;
  /** What it, or its type, carries of the directives that decide who may read it. */
  readonly directives: readonly string[];
  readonly description: string;
}

const open = coordinatesOf(OPEN_FIELDS);
const enclosed = coordinatesOf(ENCLOSED_FIELDS);
const documents = Object.values(SUBGRAPHS).map(readSdl);
const declared = documents.flatMap(declarationsIn);
const gated = new Set(declared.filter(({ directives }) => directives.length > 0).map(({ coordinate }) => coordinate));
const supergraph = readSdl('schema/supergraph.graphql');

describe('who may read a field', () => {
  test('is decided for every field of every subgraph', () => {
    const undecided = declared.filter(
      ({ coordinate, directives }) => directives.length === 0 && !open.has(coordinate) && !enclosed.has(coordinate),
    );
    expect(undecided.map(({ coordinate }) => coordinate)).toEqual([]);
  });

  test('is decided once: what is listed as public exists, and carries no directive anywhere', () => {
    const names = new Set(declared.map(({ coordinate }) => coordinate));
    expect([...open, ...enclosed].filter((coordinate) => !names.has(coordinate) || gated.has(coordinate))).toEqual([]);
    expect([...open].filter((coordinate) => enclosed.has(coordinate))).toEqual([]);
  });

  test('is not left open by another way to a type whose fields rely on the way to it', () => {
    const reached = typesReachedOpenly(apiWithExample());
    expect(Object.keys(ENCLOSED_FIELDS).filter((type) => reached.has(type))).toEqual([]);
    expect(Object.keys(OPEN_FIELDS).filter((type) => !reached.has(type))).toEqual([]);
  });

  describe('of a type that relies on the way to it', () => {
    const relying = Object.keys(ENCLOSED_FIELDS);

    test('is not left to the query that routers have for entities: such a type is none', () => {
      const entities = typesIn(documents).filter(({ directives = [] }) =>
        directives.some(({ name }) => name.value === 'key' || name.value === 'interfaceObject'),
      );
      expect(namesAmong(relying, entities)).toEqual([]);
      expect(entities.map(({ name }) => name.value)).toContain('User');
    });

    test('is not left to node(id), but for sessions, about which the resolver decides', () => {
      const nodes = typesIn(documents).filter((type) => interfacesOf(type).includes('Node'));
      expect(namesAmong(relying, nodes)).toEqual(['Session']);
    });

    test('is not left to a field of a root type that returns it, or what it is one of, to anybody', () => {
      const ways = typesIn(documents).flatMap((type) =>
        ['Query', 'Mutation', 'Subscription'].includes(type.name.value) ? waysBelow(type) : [],
      );
      const ofThem = typesIn(documents).filter(({ name }) => relying.includes(name.value));
      const unions = typesIn(documents).filter((type) => membersOf(type).some((member) => relying.includes(member)));
      const targets = [...relying, ...ofThem.flatMap(interfacesOf), ...unions.map(({ name }) => name.value)];
      const leading = ways.filter(({ to }) => targets.includes(to));
      expect(leading.filter(({ coordinate }) => !gated.has(coordinate))).toEqual([]);
      expect(leading.map(({ coordinate }) => coordinate)).toEqual(
        expect.arrayContaining(['Query.node', 'Query.nodes', 'Query.users', 'Mutation.logout']),
      );
    });
  });

  test('covers every field that clients see', () => {
    const names = new Set(declared.map(({ coordinate }) => coordinate));
    const seen = declarationsIn(readSdl('schema/api.graphql')).map(({ coordinate }) => coordinate);
    expect(seen.filter((coordinate) => !names.has(coordinate))).toEqual([]);
    expect(seen.length).toBeGreaterThan(60);
  });

  test('is told by the description of what only the account itself and an ADMIN may read', () => {
    for (const { coordinate, directives, description } of declared) {
      const told = description.includes('Readable by the account itself and by an ADMIN.');
      expect([coordinate, told]).toEqual([coordinate, directives.includes('self')]);
    }
  });
});

describe('the committed supergraph', () => {
  test('links what it needs for security, so that other routers enforce it or refuse to start', () => {
    const links = supergraph.definitions
      .flatMap((definition) => (definition.kind === Kind.SCHEMA_DEFINITION ? (definition.directives ?? []) : []))
      .filter(({ name }) => name.value === 'link')
      .map(({ arguments: values = [] }) =>
        Object.fromEntries(values.map(({ name, value }) => [name.value, 'value' in value ? value.value : null])),
      );
    const used = new Set(declarationsIn(supergraph).flatMap(({ directives }) => directives));
    expect(used.size).toBeGreaterThan(0);
    for (const directive of used)
      expect(links).toContainEqual({ url: `https://specs.apollo.dev/${directive}/v0.1`, for: 'SECURITY' });
  });

  test('carries every directive that a router can decide by', () => {
    const committed = Object.values(SUBGRAPHS).slice(0, 2);
    const expected = committed
      .flatMap((file) => declarationsIn(readSdl(file)))
      .flatMap(({ coordinate, directives }) => directives.map((name) => `${coordinate} @${name}`))
      .filter((line) => !line.endsWith('@self'));
    const carried = declarationsIn(supergraph).flatMap(({ coordinate, directives }) =>
      directives.map((name) => `${coordinate} @${name}`),
    );
    expect(new Set(carried)).toEqual(new Set(expected));
    expect(carried).toContain('Mutation.updateProfile @authenticated');
  });
});

function readSdl(file: string): DocumentNode {
  return parse(readFileSync(`${ROOT}/${file}`, 'utf8'));
}

/** Every definition and extension of a type. */
function typesIn(sources: readonly DocumentNode[]): readonly TypeNode[] {
  return sources.flatMap(({ definitions }) =>
    definitions.filter((definition) => isTypeDefinitionNode(definition) || isTypeExtensionNode(definition)),
  );
}

function interfacesOf(type: TypeNode): readonly string[] {
  return 'interfaces' in type ? (type.interfaces ?? []).map(({ name }) => name.value) : [];
}

function membersOf(type: TypeNode): readonly string[] {
  return 'types' in type ? (type.types ?? []).map(({ name }) => name.value) : [];
}

function namesAmong(names: readonly string[], types: readonly TypeNode[]): readonly string[] {
  return types.map(({ name }) => name.value).filter((name) => names.includes(name));
}

/** What the fields of a type lead to. */
function waysBelow(type: TypeNode): readonly { readonly coordinate: string; readonly to: string }[] {
  const fields = 'fields' in type ? (type.fields ?? []) : [];
  return fields.map(({ name, type: of }) => ({
    coordinate: `${type.name.value}.${name.value}`,
    to: print(of).replace(/[[\]!]/g, ''),
  }));
}

function coordinatesOf(fields: Readonly<Record<string, readonly string[]>>): ReadonlySet<string> {
  return new Set(Object.entries(fields).flatMap(([type, names]) => names.map((name) => `${type}.${name}`)));
}

function declarationsIn({ definitions }: DocumentNode): readonly Declaration[] {
  return definitions.flatMap((definition) => {
    if (!('fields' in definition) || definition.kind.includes('Input')) return [];
    const onType = namesOf(definition.directives);
    return (definition.fields ?? []).flatMap((field) => {
      if (field.kind !== Kind.FIELD_DEFINITION) return [];
      return [declarationOf(definition.name.value, field, onType)];
    });
  });
}

function declarationOf(type: string, field: FieldDefinitionNode, onType: readonly string[]): Declaration {
  return {
    coordinate: `${type}.${field.name.value}`,
    directives: [...new Set([...onType, ...namesOf(field.directives)])],
    description: field.description?.value ?? '',
  };
}

function namesOf(directives: FieldDefinitionNode['directives'] = []): readonly string[] {
  return directives.map(({ name }) => name.value).filter((name) => DIRECTIVES.includes(name));
}

function apiWithExample(): GraphQLSchema {
  const sources = Object.entries(SUBGRAPHS).map(([name, schemaFile]) => ({
    name,
    routingUrl: 'http://localhost/graphql',
    schemaFile,
    sdl: readFileSync(`${ROOT}/${schemaFile}`, 'utf8'),
  }));
  return buildSchema(composeSupergraph(sources).apiSdl);
}

/** The types that can be got hold of without passing a field that carries a directive. */
function typesReachedOpenly(schema: GraphQLSchema): ReadonlySet<string> {
  const reached = new Set<string>();
  const pending = ['Query', 'Mutation'];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const type = schema.getType(name);
    if (reached.has(name)) continue;
    reached.add(name);
    if (isAbstractType(type)) pending.push(...schema.getPossibleTypes(type).map((possible) => possible.name));
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    const fields = Object.values(type.getFields()).filter((field) => !gated.has(`${name}.${field.name}`));
    pending.push(...fields.map((field) => getNamedType(field.type).name));
  }
  return reached;
}
