import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { createClient } from '@identity/client/client';
import { ClientError } from '@identity/client/client-error';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse) => void;

let server: Server;
let url: string;
let received: Received[];
let answer: Answer;

beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    request.setEncoding('utf8');
    void request.toArray().then((chunks) => {
      received.push({ headers: request.headers, body: chunks.join('') });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String(portOf(server))}/graphql`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a request', () => {
  test('carries the operation, its fragments and its variables', async () => {
    answer = json(200, { data: { login: { user: null, tokens: null, userErrors: [] } } });

    await createClient({ url }).login({ input: { identifier: 'ada', password: 'a long one' } });

    const { query, variables } = bodyOf(received);
    for (const definition of ['mutation Login(', 'fragment AuthTokensFields on', 'fragment UserErrorFields on']) {
      expect(query).toContain(definition);
    }
    expect(() => parse(query)).not.toThrow();
    expect(variables).toEqual({ input: { identifier: 'ada', password: 'a long one' } });
  });

  test.each(['register', 'login'] as const)('of %s asks for nothing that needs an access token', async (operation) => {
    answer = json(200, { data: {} });
    const client = createClient({ url });

    await (operation === 'login'
      ? client.login({ input: { identifier: 'ada', password: 'a long one' } })
      : client.register({ input: { username: 'ada', email: 'ada@example.com', password: 'a long one' } }));

    expect(bodyOf(received).query).not.toContain('preferences');
  });

  test('without an access token has no authorization header', async () => {
    answer = json(200, { data: { me: null } });

    await createClient({ url }).me();

    expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(received[0]?.headers).not.toHaveProperty('authorization');
  });

  test('carries the access token and the given headers, in whatever case they are written', async () => {
    answer = json(200, { data: { me: null } });
    const headers = { 'X-Request-Id': 'abc', Authorization: 'Basic overridden', 'Content-Type': 'text/plain' };

    await createClient({ url, accessToken: 'token', headers }).me();

    expect(received[0]?.headers).toMatchObject({
      authorization: 'Bearer token',
      'content-type': 'application/json',
      'x-request-id': 'abc',
    });
  });

  test('in cookie mode says so and has the browser send its cookies, also as somebody', async () => {
    const sent: RequestInit[] = [];
    const client = createClient({
      url: 'http://gateway.test/graphql',
      sessionTransport: 'cookie',
      headers: { 'X-Session-Transport': 'body' },
      fetch: (_url, init) => {
        sent.push(init);
        return Promise.resolve(new Response('{"data":{"me":null}}'));
      },
    });

    await client.me();
    await client.withAccessToken('token').me();

    expect(sent.map(({ credentials }) => credentials)).toEqual(['include', 'include']);
    expect(sent.map(({ headers }) => new Headers(headers).get('x-session-transport'))).toEqual(['cookie', 'cookie']);
  });

  test('out of cookie mode leaves cookies to the defaults of the platform', async () => {
    const sent: RequestInit[] = [];
    const client = createClient({
      url: 'http://gateway.test/graphql',
      fetch: (_url, init) => {
        sent.push(init);
        return Promise.resolve(new Response('{"data":{"me":null}}'));
      },
    });

    await client.me();

    expect(sent).toHaveLength(1);
    expect(sent[0]).not.toHaveProperty('credentials');
    expect(new Headers(sent[0]?.headers).has('x-session-transport')).toBe(false);
  });

  test('goes through the given fetch', async () => {
    const urls: string[] = [];
    const client = createClient({
      url: 'http://gateway.test/graphql',
      fetch: (target) => {
        urls.push(target);
        return Promise.resolve(new Response('{"data":{"me":null}}'));
      },
    });

    await expect(client.me()).resolves.toEqual({ data: { me: null } });
    expect(urls).toEqual(['http://gateway.test/graphql']);
  });
});

describe('withAccessToken', () => {
  test('gives a new client and leaves the old one as it was', async () => {
    answer = json(200, { data: { me: null } });
    const anonymous = createClient({ url, headers: { 'x-request-id': 'abc' } });

    const ada = anonymous.withAccessToken('of-ada');
    await anonymous.me();
    await ada.me();
    await ada.withAccessToken(null).me();

    expect(received.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer of-ada', undefined]);
    expect(received.map(({ headers }) => headers['x-request-id'])).toEqual(['abc', 'abc', 'abc']);
  });
});

describe('an answer', () => {
  test('with data and errors is returned as it came', async () => {
    const result = {
      data: { me: { id: 'user_1', profile: null } },
      errors: [
        { message: 'away', path: ['me', 'profile'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } },
      ],
      extensions: { requestId: 'abc' },
    };
    answer = json(200, result);

    const { data, errors, extensions } = await createClient({ url }).me();

    expect(data).toEqual(result.data);
    expect(errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
    expect(errors?.[0]?.extensions.service).toBe('users');
    expect(extensions).toEqual({ requestId: 'abc' });
  });

  test.each([400, 401, 429, 503])('with GraphQL errors is a result also under status %i', async (status) => {
    const errors = [{ message: 'no', extensions: { code: 'BAD_USER_INPUT' } }];
    answer = json(status, { errors });

    await expect(createClient({ url }).user({ id: 'x' })).resolves.toEqual({ errors });
  });

  test('to an operation of the caller comes back too', async () => {
    answer = json(200, { data: { __typename: 'Query' } });

    await expect(createClient({ url }).execute(parse('{ __typename }'))).resolves.toEqual({
      data: { __typename: 'Query' },
    });
  });
});

describe('no GraphQL answer', () => {
  test.each([
    ['HTML', 502, `<html>${'x'.repeat(1_000)}`],
    ['nothing', 204, ''],
    ['JSON of another kind', 500, '{"error":"boom"}'],
    ['a JSON scalar', 200, '"data"'],
    ['an empty list of errors', 200, '{"errors":[]}'],
    ['errors without a code', 400, '{"errors":[{"message":"no"}]}'],
  ])('but %s is a ClientError with status and excerpt', async (_what, status, body) => {
    answer = (response) => response.writeHead(status).end(body);

    const error = await failureOf(createClient({ url }).me());

    expect(error).toMatchObject({ name: 'ClientError', status, bodyExcerpt: body.slice(0, 500) });
    expect(received).toHaveLength(1);
  });

  test('but a redirect is a ClientError, and the token does not follow it', async () => {
    answer = (response) => response.writeHead(307, { location: `${url}/elsewhere` }).end();

    const error = await failureOf(createClient({ url, accessToken: 'token' }).me());

    expect(error.status).toBe(307);
    expect(received).toHaveLength(1);
  });

  test('but a closed connection is a ClientError without a status, with its cause', async () => {
    answer = (response) => response.destroy();

    const error = await failureOf(createClient({ url }).me());

    expect(error).toMatchObject({ status: null, bodyExcerpt: '', cause: { message: 'fetch failed' } });
    expect(received).toHaveLength(1);
  });

  test('but a body that breaks off is a ClientError with the status', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"data":', () => response.destroy());
    };

    const error = await failureOf(createClient({ url }).me());

    expect(error).toMatchObject({ status: 200, cause: { message: 'terminated' } });
  });
});

function json(status: number, body: unknown): Answer {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function portOf(listening: Server): number {
  const address = listening.address();
  if (typeof address !== 'object' || address === null) {
    throw new Error('the server does not listen on a port');
  }
  return address.port;
}

function bodyOf([request]: readonly Received[]): { query: string; variables: unknown } {
  const body: unknown = JSON.parse(request?.body ?? 'null');
  if (typeof body !== 'object' || body === null || !('query' in body) || typeof body.query !== 'string') {
    throw new Error('the request carries no query');
  }
  return { query: body.query, variables: 'variables' in body ? body.variables : undefined };
}

async function failureOf(promise: Promise<unknown>): Promise<ClientError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof ClientError)) {
    throw new Error('the operation did not fail with a ClientError', { cause: outcome });
  }
  return outcome;
}
