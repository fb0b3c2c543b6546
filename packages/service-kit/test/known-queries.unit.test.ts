import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server';
import { createKnownQueries } from '@identity/service-kit/known-queries';
import type { RecordedContext } from '@identity/service-kit/operation-record';
import { createRecord } from '@identity/service-kit/request-log';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildSchema, execute, type GraphQLSchema } from 'graphql';

const MAX_BYTES = 8 * 1_024 * 1_024;
const BYTES_PER_CHARACTER = 92;

type Gateway = ApolloServerOptionsWithGateway<RecordedContext>['gateway'];
type Listener = Parameters<Gateway['onSchemaLoadOrUpdate']>[0];

describe('the memory of known queries', () => {
  const former = buildSchema('type Query { hello: String }');
  const next = buildSchema('type Query { hello: Int }');
  const queries = createKnownQueries<RecordedContext>();
  let useSchema: (schema: GraphQLSchema) => void;
  /** What a request waits for between its validation and its execution. */
  let hold = Promise.resolve();
  let onHeld: () => void;
  let apollo: ApolloServer<RecordedContext>;

  beforeEach(async () => {
    const listeners: Listener[] = [];
    useSchema = (schema) => {
      for (const listener of listeners) listener({ apiSchema: schema, coreSupergraphSdl: '' });
    };
    hold = Promise.resolve();
    onHeld = () => undefined;
    apollo = new ApolloServer<RecordedContext>({
      gateway: {
        load() {
          useSchema(former);
          return Promise.resolve({ executor: async ({ schema, document }) => execute({ schema, document }) });
        },
        onSchemaLoadOrUpdate(listener) {
          listeners.push(listener);
          return () => undefined;
        },
        stop: () => Promise.resolve(),
      },
      plugins: [
        {
          requestDidStart: () =>
            Promise.resolve({
              async didResolveOperation() {
                onHeld();
                await hold;
              },
            }),
        },
        queries.plugin,
      ],
      stopOnTerminationSignals: false,
      nodeEnv: 'production',
    });
    await apollo.start();
  });

  afterEach(() => apollo.stop());

  async function send(query: string): Promise<void> {
    const contextValue = { record: createRecord() };
    const { body } = await apollo.executeOperation({ query }, { contextValue });
    expect(body).toMatchObject({ singleResult: { data: expect.anything() } });
  }

  it('holds what has been executed on the schema that is live', async () => {
    expect(queries.find('{ hello }', null)).toBeNull();
    await send('{ hello }');
    expect(queries.find('{ hello }', null)?.schema).toBe(former);
    expect(queries.find('{ hello }', 'Named')).toBeNull();
  });

  it('forgets all when the schema is exchanged, and learns nothing of the former one after that', async () => {
    await send('{ hello }');
    const isHeld = new Promise<void>((resolve) => {
      onHeld = resolve;
    });
    let release = (): void => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const held = send('{ late: hello }');
    await isHeld;
    useSchema(next);
    expect(queries.find('{ hello }', null)).toBeNull();
    release();
    await held;
    expect(queries.find('{ late: hello }', null)).toBeNull();
    await send('{ late: hello }');
    expect(queries.find('{ late: hello }', null)?.schema).toBe(next);
  });

  const sizeOf = (known: readonly string[]): number =>
    BYTES_PER_CHARACTER * known.reduce((sum, query) => sum + query.length, 0);
  const knownOf = (sent: readonly string[]) => sent.filter((query) => queries.find(query, null) !== null);
  const different = (name: string) =>
    Array.from({ length: 120 }, (_unused, index) => `{ ${name}${String(index)}: hello ${' '.repeat(1_000)} }`);

  it('keeps within its bound, and forgets first what was used longest ago', async () => {
    const sent = different('used');
    for (const query of sent) {
      await send(query);
      expect(queries.find(query, null)).not.toBeNull();
    }
    const known = knownOf(sent);
    expect(sizeOf(known)).toBeLessThanOrEqual(MAX_BYTES);
    expect(sizeOf(known)).toBeGreaterThan(MAX_BYTES * 0.7);
    expect(known).toEqual(sent.slice(-known.length));
  });

  it('keeps a query that is sent again, however many are sent once', async () => {
    const sent = different('once');
    const [again = '', ...others] = sent;
    await send(again);
    expect(queries.find(again, null)).not.toBeNull();
    for (const query of others) await send(query);
    const [first, ...rest] = knownOf(sent);
    expect(first).toBe(again);
    expect(sizeOf(rest)).toBeLessThanOrEqual(MAX_BYTES / 4);
    expect(rest).toEqual(others.slice(-rest.length));
  });
});
