import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage } from 'node:http';
import { createClient } from '@identity/client/client';
import { createGatewayApp } from '@identity/gateway/app';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { createLogger } from '@identity/service-kit/logger';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newSecret } from '../scripts/embedded-secrets.js';
import { createDistributedGround } from './harness/distributed-ground.js';
import { bearer, summaryOf } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { sendRaw, type RawHttpRequest } from './harness/raw-http.js';
import { TEST_ENVIRONMENT, type TestServices } from './harness/services.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';
import { createStatementRecorder } from './harness/statements.js';
import { createTestClock } from './harness/test-clock.js';

// Each stack starts many services, one after the other.
jest.setTimeout(120_000);

const JSON_BODY: readonly [string, string] = ['content-type', 'application/json'];
const QUERIES = {
  typename: JSON.stringify({ query: '{ __typename }' }),
  introspection: JSON.stringify({ query: '{ __schema { queryType { name } } }' }),
  sdl: JSON.stringify({ query: '{ _service { sdl } }' }),
  entities: JSON.stringify({
    query: 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
    variables: { r: [{ __typename: 'User', id: 'user_01h455vb4pex5vsknk084sn02q' }] },
  }),
};

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const PATHS = [
  '/',
  '/graphql',
  '/graphql/',
  '/GraphQL',
  '//graphql',
  '/graphql//',
  '/./graphql',
  '/health/../graphql',
  '/health/live/../../graphql',
  '/.well-known/jwks.json/../../graphql',
  '/%67raphql',
  '/graphql%2f',
  '/graphql%00',
  '/graphql;x=/health/live',
  '/graphql?query={__typename}',
  '/graphql?query=%7B__schema%7Btypes%7Bname%7D%7D%7D&extensions=%7B%7D',
  '/%',
  '/nowhere',
  '/health',
  '/health/nowhere',
  '/.well-known/openid-configuration',
];

let stack: TestStack;
let ada: Person;
let secret: string;

beforeAll(async () => {
  stack = await startStack();
  ada = await registerSomebody(stack.client);
  secret = stack.services.routerSecret;
});

afterAll(async () => {
  await stack.close();
});

describe.each(['auth', 'users'] as const)('the %s subgraph', (subgraph) => {
  function send(request: RawHttpRequest) {
    return sendRaw(stack.services[subgraph].url, request);
  }

  /** Header lines that prove nothing. */
  function pretenders(): Readonly<Record<string, readonly (readonly [string, string])[]>> {
    const name = 'router-authorization';
    return {
      'no credential': [],
      'an empty one': [[name, '']],
      'another one': [[name, `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`]],
      'its beginning': [[name, secret.slice(0, -1)]],
      'more than it': [[name, `${secret}A`]],
      'it in another case': [[name, secret === secret.toUpperCase() ? secret.toLowerCase() : secret.toUpperCase()]],
      'it with a scheme': [[name, `Bearer ${secret}`]],
      'it twice': [
        [name, secret],
        [name, secret],
      ],
      'it after another one': [
        [name, 'x'.repeat(32)],
        [name, secret],
      ],
      'it in other headers': [
        ['authorization', `Bearer ${secret}`],
        ['x-router-authorization', secret],
        ['proxy-authorization', secret],
        ['cookie', `router-authorization=${secret}`],
      ],
      'the token of an account': Object.entries(bearer(ada.accessToken)),
    };
  }

  it('refuses every method on every path without the credential, and says nothing about itself', async () => {
    const answered: unknown[] = [];
    for (const [name, headers] of Object.entries(pretenders())) {
      for (const path of PATHS) {
        for (const method of METHODS) {
          const request = {
            method,
            path,
            headers: [JSON_BODY, ...headers],
            body: method === 'POST' ? QUERIES.sdl : '',
          };
          const { status, headers: answer, body } = await send(request);
          if (status !== 401 || answer['www-authenticate'] !== 'Router' || /Query|scalar|User/.test(body))
            answered.push({ name, method, path, status, body });
        }
      }
    }
    expect(answered).toEqual([]);
  });

  it.each(Object.entries(QUERIES))(
    'answers %s with the credential only, however its name is spelt',
    async (_name, body) => {
      for (const name of ['router-authorization', 'Router-Authorization', 'ROUTER-AUTHORIZATION']) {
        const answer = await send({ headers: [JSON_BODY, [name, secret]], body });
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.body)).toMatchObject({ data: expect.anything() });
      }
      expect((await send({ headers: [JSON_BODY], body })).status).toBe(401);
    },
  );

  it('does not read the body of a request that it refuses', async () => {
    const endless = {
      headers: [JSON_BODY, ['content-length', '50000000']] as const,
      body: '{"query":"',
      complete: false,
    };
    expect((await send(endless)).status).toBe(401);
    expect((await send({ headers: [JSON_BODY], body: '{' })).status).toBe(401);
    expect((await send({ headers: [JSON_BODY, ['content-encoding', 'gzip']], body: 'no gzip' })).status).toBe(401);
    expect((await send({ headers: [['content-type', 'application/json; charset=utf-7']], body: '{}' })).status).toBe(
      401,
    );

    const known = ['router-authorization', secret] as const;
    expect((await send({ headers: [JSON_BODY, known], body: '{' })).status).toBe(400);
    expect((await send({ headers: [JSON_BODY, known], body: '"'.padEnd(1_100_000, 'x') })).status).toBe(413);
  });

  it('answers its gateway on /graphql by GET and POST only', async () => {
    const known = [JSON_BODY, ['router-authorization', secret]] as const;
    const statuses = await Promise.all(
      METHODS.map(async (method) => [
        method,
        (await send({ method, path: '/graphql?query={__typename}', headers: known })).status,
      ]),
    );
    expect(Object.fromEntries(statuses)).toEqual({
      GET: 200,
      HEAD: 405,
      POST: 400,
      PUT: 405,
      PATCH: 405,
      DELETE: 405,
      OPTIONS: 405,
      TRACE: 405,
      PROPFIND: 405,
    });
    expect((await send({ path: '/nowhere', headers: known })).status).toBe(404);
  });

  it('shows its health, and Auth its public keys, to everybody', async () => {
    const statuses = await Promise.all(
      ['/health/live', '/health/ready', '/.well-known/jwks.json'].map(async (path) => {
        const { status, body } = await send({ method: 'GET', path });
        expect(body).not.toMatch(/"d"|PRIVATE/);
        return status;
      }),
    );
    expect(statuses).toEqual([200, 200, subgraph === 'auth' ? 200 : 401]);
  });
});

it(`comes to the subgraphs ${stackName() === 'embedded' ? 'without' : 'over'} a connection`, async () => {
  const client = createClient({ url: `${stack.services.gateway.url}/graphql`, accessToken: ada.accessToken });
  const ports = [stack.services.auth.url, stack.services.users.url].map((url) => Number(new URL(url).port));
  const calls: string[] = [];
  // Of every HTTP server in this process.
  const onRequest = (message: unknown) => {
    const request: unknown = Reflect.get(Object(message), 'request');
    if (!(request instanceof IncomingMessage)) throw new Error('the channel says something else');
    if (ports.includes(request.socket.localPort ?? 0)) calls.push(String(request.url));
  };
  subscribe('http.server.request.start', onRequest);
  const { data } = await client.me();
  unsubscribe('http.server.request.start', onRequest);
  expect(data?.me?.profile).toBeDefined();
  expect(calls.filter((path) => path === '/graphql')).toHaveLength(stackName() === 'embedded' ? 0 : 2);
});

if (stackName() === 'embedded') {
  it('is made by the embedded stack itself, another one for each data folder', async () => {
    const other = await startStack();
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(other.services.routerSecret).not.toBe(secret);
    await other.close();
  });
}

if (stackName() === 'distributed') {
  it('is replaced without a request that fails', async () => {
    const [before, after] = [newSecret(), newSecret()];
    const ground = await createDistributedGround();
    const logger = createLogger({ level: 'silent' });
    const deps = { logger, clock: createTestClock(), statements: createStatementRecorder() };
    const opened: Closable[] = [];

    async function start(ROUTER_SECRET: string): Promise<TestServices> {
      // Without Redis the Users subgraph asks Auth about every session, and has to prove itself there as well.
      const services = await ground.start({ ...deps, environment: { ROUTER_SECRET, REDIS_URL: '' } });
      opened.push(services);
      return services;
    }

    async function startGateway(ROUTER_SECRET: string, { auth, users }: TestServices) {
      const urls = { SUBGRAPH_URL_AUTH: `${auth.url}/graphql`, SUBGRAPH_URL_USERS: `${users.url}/graphql` };
      const gateway = createGatewayApp(loadGatewayConfig({ ...TEST_ENVIRONMENT, ...urls, ROUTER_SECRET }), { logger });
      return { url: await gateway.start(), close: gateway.close };
    }

    // The steps of docs/operations.md. Each reaches one service after the other, so that neighbours have to get on.
    const first = await start(before);
    const { accessToken } = await registerSomebody(createClient({ url: `${first.gateway.url}/graphql` }));
    let gateway: Closable & { readonly url: string } = first.gateway;
    let stopAsking = askWithoutPause(gateway.url, accessToken);
    const failures: unknown[] = [];

    async function moveTo(next: typeof gateway): Promise<void> {
      const stopAskingNext = askWithoutPause(next.url, accessToken);
      failures.push(...(await stopAsking()));
      await gateway.close();
      [gateway, stopAsking] = [next, stopAskingNext];
    }

    const both = await start(`${before},${after}`);
    await moveTo(both.gateway);
    await moveTo(await startGateway(after, both));
    const swapped = await start(`${after},${before}`);
    await moveTo(await startGateway(before, swapped));
    await moveTo(swapped.gateway);
    await moveTo((await start(after)).gateway);
    failures.push(...(await stopAsking()));
    expect(failures).toEqual([]);

    const left = await startGateway(before, await start(after));
    const { errors } = await createClient({ url: `${left.url}/graphql`, accessToken }).me();
    expect(summaryOf(errors)).toEqual(['me SERVICE_UNAVAILABLE']);
    await left.close();
    for (const services of opened) await services.close();
    await ground.remove();
  });
}

interface Closable {
  close(): Promise<void>;
}

/** Asks for what takes both subgraphs, many times and until told to stop; stopping returns what has failed. */
function askWithoutPause(gatewayUrl: string, accessToken: string): () => Promise<readonly unknown[]> {
  const client = createClient({ url: `${gatewayUrl}/graphql`, accessToken });
  const failures: unknown[] = [];
  let stopping = false;
  const ask = async () => {
    for (let count = 0; count < 10 || !stopping; count += 1) {
      const { data, errors } = await client.me();
      if (errors !== undefined || data?.me?.profile == null) failures.push({ data, errors });
    }
  };
  const asking = Promise.all([ask(), ask()]);
  return async () => {
    stopping = true;
    await asking;
    return failures;
  };
}
