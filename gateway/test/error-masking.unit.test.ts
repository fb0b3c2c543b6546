import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './support/gateway.js';
import { startServer, type SubgraphServer } from './support/subgraph-server.js';

const SDL = 'type Query { field: String must: String! color: Color } enum Color { RED }';
const CANARY = 'CANARY-of-an-internal-message';

describe('what a client sees of an error of a subgraph', () => {
  let subgraph: SubgraphServer;
  let gateway: TestGateway;
  let answer: object = {};

  beforeAll(async () => {
    subgraph = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer));
    });
    gateway = await startGateway([{ name: 'fields', sdl: SDL, url: subgraph.url }]);
  });

  afterAll(async () => {
    await gateway.stop();
    await subgraph.stop();
  });

  async function errorFor(error: object, query = '{ field }') {
    answer = { data: { field: null }, errors: [error] };
    const { body, headers } = await gateway.send({ query });
    expect(body.errors).toHaveLength(1);
    return { error: body.errors?.[0], requestId: headers.get('x-request-id') };
  }

  it.each<readonly [string, object, object]>([
    ['UNAUTHENTICATED', { reason: 'TOKEN_REVOKED' }, { reason: 'TOKEN_REVOKED' }],
    ['FORBIDDEN', {}, {}],
    ['RATE_LIMITED', { retryAfter: 30 }, { retryAfter: 30 }],
    ['BAD_USER_INPUT', { field: 'input.email' }, { field: 'input.email' }],
    ['SERVICE_UNAVAILABLE', {}, { service: 'fields' }],
    ['SERVICE_UNAVAILABLE', { service: 'redis-of-auth' }, { service: 'redis-of-auth' }],
  ])('%s %j is kept without anything internal', async (code, details, expected) => {
    const extensions = { code, ...details, stacktrace: [CANARY], response: { url: CANARY }, exception: CANARY };
    const { error } = await errorFor({ message: 'told to clients', path: ['field'], extensions });
    expect(error).toEqual({ message: 'told to clients', path: ['field'], extensions: { code, ...expected } });
  });

  it.each([
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'INTERNAL_SERVER_ERROR',
    'DOWNSTREAM_SERVICE_ERROR',
    'PERSISTED_QUERY_NOT_FOUND',
    'OF_A_TEAM',
    7,
    undefined,
  ])('the code %s is a fault of ours: only the request id is told', async (code) => {
    const { error, requestId } = await errorFor({
      message: CANARY,
      path: ['field'],
      locations: [{ line: 9, column: 9 }],
      extensions: { code },
    });
    expect(error).toEqual({
      message: 'Internal server error.',
      path: ['field'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
    });
    expect(
      gateway.log.some((line) => line.includes(requestId ?? '?') && line.includes('has answered with the code')),
    ).toBe(true);
  });

  it('without extensions it is a fault of ours', async () => {
    expect((await errorFor({ message: CANARY })).error).toMatchObject({
      message: 'Internal server error.',
      path: ['field'],
    });
  });

  it('the cause of a validation error is in the log, for it shows how the schemas differ', async () => {
    await errorFor({
      message: 'Cannot query field "field" on type "Query".',
      locations: [{ line: 1, column: 3 }],
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(gateway.log.join('')).toContain('Cannot query field');
  });

  it.each<readonly [string, object, object]>([
    ['{ must }', { must: null }, { path: ['must'] }],
    ['{ color }', { color: CANARY }, { path: ['color'] }],
    ['{ field }', { field: { nested: CANARY } }, {}],
  ])('%s: an answer %j that breaks the schema is a fault of ours, reported once', async (query, data, place) => {
    answer = { data };
    const { body } = await gateway.send({ query });
    expect(body.errors).toEqual([expect.objectContaining({ message: 'Internal server error.', ...place })]);
    expect(body.extensions).toBeUndefined();
    expect(JSON.stringify(body)).not.toContain(CANARY);
  });

  it('extensions of the answer stay inside', async () => {
    answer = { data: { field: 'x' }, extensions: { ftv1: CANARY } };
    expect((await gateway.send({ query: '{ field }' })).body).toEqual({ data: { field: 'x' } });
  });
});
