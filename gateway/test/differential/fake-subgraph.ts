import { buildSubgraphSchema } from '@apollo/subgraph';
import { isRecord } from '@identity/service-kit/json';
import { execute, GraphQLError, isUnionType, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { SubgraphTransport } from '../../src/guarded-transport.js';
import { createFakeResolver, fakeEntity, isFakeObject, type ConcreteTypes, type Mood } from './fake-data.js';
import { randomOf } from './random.js';
import { violate } from './violations.js';

export interface FakeSubgraphOptions {
  readonly name: string;
  readonly sdl: string;
  readonly concreteTypes: ConcreteTypes;
  /** What is likely to happen at the moment. */
  readonly mood: () => Mood;
  /** Is told of each entity that it answers with. */
  readonly onEntity?: () => void;
}

/** Creates a subgraph that answers whatever its schema allows, always the same to the same question in the same mood. */
export function createFakeSubgraph({
  name,
  sdl,
  concreteTypes,
  mood,
  onEntity,
}: FakeSubgraphOptions): SubgraphTransport {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
  answerEntities(schema, mood, onEntity);
  const documents = new Map<string, DocumentNode>();

  function documentOf(query: string): DocumentNode {
    const known = documents.get(query) ?? parse(query);
    if (!documents.has(query) && validate(schema, known).length > 0)
      throw new Error(`not an operation of ${name}: ${query}`);
    documents.set(query, known);
    return known;
  }

  async function answer(body: string): Promise<unknown> {
    const request: unknown = JSON.parse(body);
    if (!isRecord(request) || !isRecord(request['variables'])) throw new Error('the request is not one of GraphQL');
    const result = await execute({
      schema,
      document: documentOf(String(request['query'])),
      variableValues: request['variables'],
      fieldResolver: createFakeResolver(mood(), concreteTypes),
      typeResolver: (value) => (isFakeObject(value) ? value.type : undefined),
    });
    return asJson(violate(asJson(result), mood(), body));
  }

  return {
    async post(body) {
      const random = randomOf(`${mood().seed} ${name} ${body}`);
      // Calls beside each other are answered in any order, and in the same one whoever executes the plan.
      for (let waits = random.below(3) * 4; waits > 0; waits -= 1) await new Promise(setImmediate);
      if (random.chance(mood().failures)) throw new Error('the subgraph has not answered in time');
      const garbage = random.chance(mood().failures / 4)
        ? random.oneOf([null, 'text', [], {}, { data: [] }])
        : undefined;
      return {
        status: 200,
        challenge: null,
        setCookies: [],
        body: garbage === undefined ? await answer(body) : garbage,
      };
    },
    usage: () => ({ used: 0, idle: 0, waiting: 0 }),
    isCircuitOpen: () => false,
    close: () => Promise.resolve(),
  };
}

function answerEntities(schema: GraphQLSchema, mood: () => Mood, onEntity: () => void = () => undefined): void {
  const field = schema.getQueryType()?.getFields()['_entities'];
  const union = schema.getType('_Entity');
  if (field === undefined || !isUnionType(union)) return;
  // Its own asks for `__typename`, and has precedence over the one given to `execute`.
  union.resolveType = (value) => {
    onEntity();
    return isFakeObject(value) ? value.type : undefined;
  };
  field.resolve = (_parent, { representations }: { readonly representations: readonly unknown[] }) =>
    representations.map((representation) => {
      if (!isRecord(representation)) throw new GraphQLError('a representation is an object');
      try {
        return fakeEntity(schema, representation, mood());
      } catch (error) {
        return error;
      }
    });
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
