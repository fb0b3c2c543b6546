import { createLogger } from '@identity/service-kit/logger';
import { createSubgraphServer, type SubgraphRequest } from '@identity/service-kit/subgraph-server';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';

const [current, previous] = ['c'.repeat(32), 'p'.repeat(32)];

describe('the server of a subgraph', () => {
  let url: string;
  let dependencyAnswers = true;
  const logs: string[] = [];
  const server = createSubgraphServer<SubgraphRequest>({
    schema: buildSchema('type Query { hello: String }'),
    listenOn: { host: '127.0.0.1', port: 0, portVariable: 'PORT' },
    routerSecrets: [current, previous],
    authenticateToken: () => Promise.resolve({ kind: 'refused', reason: 'TOKEN_INVALID' }),
    createContext: (request) => request,
    readinessChecks: {
      required: { database: () => (dependencyAnswers ? Promise.resolve() : Promise.reject(new Error('down'))) },
      optional: { cache: () => Promise.reject(new Error('down')) },
    },
    publicRoutes: (app) => app.get('/public', (_request, response) => void response.json({ open: true })),
    shutdownGraceMs: 100,
    logger: createLogger({ service: 'test', level: 'info', destination: { write: (line) => void logs.push(line) } }),
  });

  beforeAll(async () => {
    url = await server.start();
  });

  afterAll(async () => {
    await server.stop();
  });

  function ask(headers: Readonly<Record<string, string>>, query = '{ __typename }') {
    return fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
  }

  it.each([
    ['the current credential', current],
    ['the previous one, while it is being replaced', previous],
  ])('answers with %s', async (_name, credential) => {
    const response = await ask({ 'router-authorization': credential });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['no credential', {}],
    ['an empty one', { 'router-authorization': '' }],
    ['a wrong one', { 'router-authorization': 'x'.repeat(32) }],
    ['a part of one', { 'router-authorization': current.slice(0, -1) }],
    ['both in one', { 'router-authorization': `${current},${previous}` }],
    ['a bearer token instead', { authorization: `Bearer ${current}` }],
  ])('answers nothing, not even introspection, with %s', async (_name, headers) => {
    for (const query of ['{ __typename }', '{ __schema { types { name } } }', '{ _service { sdl } }']) {
      const response = await ask(headers, query);
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain('Query');
    }
  });

  it('answers health and its public routes without one', async () => {
    const statuses = await Promise.all(
      ['/health/live', '/health/ready', '/public'].map(async (path) => (await fetch(`${url}${path}`)).status),
    );
    expect(statuses).toEqual([200, 200, 200]);
  });

  it('is not ready without what it needs, and reports what only helps', async () => {
    expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({
      status: 'ready',
      checks: { database: 'ok', cache: 'failing' },
    });
    dependencyAnswers = false;
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not_ready', checks: { database: 'failing', cache: 'failing' } });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    dependencyAnswers = true;
  });

  it.each([
    ['a body that is no JSON', '/graphql', 400],
    ['an unknown path', '/nowhere', 404],
  ])('answers %s with JSON that has a code', async (_name, path, status) => {
    const headers = { 'content-type': 'application/json', 'router-authorization': current };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: '{' });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('returns the request id it was given, or one of its own', async () => {
    const given = await ask({ 'router-authorization': current, 'x-request-id': '01ARZ3NDEKTSV4RRFFQ69G5FAV' });
    expect(given.headers.get('x-request-id')).toBe('01ARZ3NDEKTSV4RRFFQ69G5FAV');
    const unsafe = await ask({ 'router-authorization': current, 'x-request-id': 'a-quiet-harbour-at-dawn' });
    expect(unsafe.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
