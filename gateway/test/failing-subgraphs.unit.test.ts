import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BOTH_WAYS, ROUTER_SECRET, startGateway, type TestGateway } from './support/gateway.js';
import { startServer, startSubgraph, type SubgraphServer } from './support/subgraph-server.js';

const AUTH_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { me: User }
  type User @key(fields: "id") { id: ID! username: String! }
  type Mutation { reach: Int }
`;
const USERS_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type User @key(fields: "id") { id: ID! profile: Profile }
  type Profile { bio: String! }
  type Mutation { touch: Int }
`;
const ACROSS_BOTH = '{ me { username profile { bio } } }';
const TIMEOUT_MS = 400;
const MEBIBYTE = 1_048_576;
const BODY_CANARY = 'CANARY-of-a-raw-body';

const json = { 'content-type': 'application/json' };

const MISBEHAVIOURS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'accepts and never answers': () => undefined,
  'sends headers and never a body': (response) => {
    response.writeHead(200, json).flushHeaders();
  },
  'trickles its body beyond the deadline': (response) => {
    response.writeHead(200, json);
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => {
      clearInterval(timer);
    });
  },
  'answers 500 with a page': (response) => {
    response.writeHead(500, { 'content-type': 'text/html' }).end(BODY_CANARY);
  },
  'answers 500 with other JSON': (response) => {
    response.writeHead(500, json).end(JSON.stringify({ message: BODY_CANARY }));
  },
  'answers garbage': (response) => {
    response.writeHead(200, json).end(`{{{${BODY_CANARY}`);
  },
  'answers JSON that is no object': (response) => {
    response.writeHead(200, json).end(JSON.stringify([BODY_CANARY]));
  },
  'answers neither data nor errors': (response) => {
    response.writeHead(200, json).end('{"data":null}');
  },
  'answers errors of no form': (response) => {
    response.writeHead(200, json).end(JSON.stringify({ errors: [BODY_CANARY] }));
  },
  'answers fewer entities than asked for': (response) => {
    response.writeHead(200, json).end('{"data":{"_entities":[]}}');
  },
  'breaks off within the body': (response) => {
    response.writeHead(200, { ...json, 'content-length': '1000' }).write('{"data":');
    response.destroy();
  },
  'closes the connection': (response) => {
    response.destroy();
  },
  'answers more than the limit': (response) => {
    const chunk = Buffer.alloc(MEBIBYTE, ' ');
    response.writeHead(200, json);
    const pump = () => {
      while (response.write(chunk));
    };
    response.on('drain', pump).on('error', () => undefined);
    pump();
  },
  'answers the wrong content type': (response) => {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('{"data":{"_entities":[{"profile":{"bio":"x"}}]}}');
  },
  redirects: (response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' }).end();
  },
  "refuses the gateway's credential": (response) => {
    response.writeHead(401, { ...json, 'www-authenticate': 'Router' }).end(
      JSON.stringify({
        errors: [{ message: BODY_CANARY, extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' } }],
      }),
    );
  },
};

describe.each(BOTH_WAYS)('a subgraph that fails, $way', ({ compilePlans }) => {
  let auth: SubgraphServer;
  let users: SubgraphServer;
  let gateway: TestGateway;
  let misbehave: (response: ServerResponse) => void = () => undefined;

  beforeAll(async () => {
    auth = await startSubgraph(AUTH_SDL, { Query: { me: () => ({ id: 'user_1', username: 'ada' }) } });
    users = await startServer((_request, response) => {
      misbehave(response);
    });
    const subgraphs = [
      { name: 'auth', sdl: AUTH_SDL, url: auth.url },
      { name: 'users', sdl: USERS_SDL, url: users.url },
    ];
    gateway = await startGateway(subgraphs, {
      subgraphTimeoutMs: TIMEOUT_MS,
      subgraphMutationTimeoutMs: TIMEOUT_MS,
      compilePlans,
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await auth.stop();
    await users.stop();
  });

  it.each(Object.keys(MISBEHAVIOURS))('%s: the rest is answered, with one error', async (name) => {
    misbehave = MISBEHAVIOURS[name] ?? misbehave;
    const requestsBefore = users.requests.length;
    const startedAt = performance.now();
    const { status, body } = await gateway.send({ query: ACROSS_BOTH });
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 1_500);
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { me: { username: 'ada', profile: null } },
      errors: [
        {
          message: 'The service "users" is not available at the moment.',
          path: ['me', 'profile'],
          extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' },
        },
      ],
    });
    expect(users.requests.length - requestsBefore).toBe(1);
    expect(gateway.log.join('')).not.toContain(BODY_CANARY);
    expect(gateway.log.join('')).not.toContain(ROUTER_SECRET);
  });

  it('reads of a gigabyte no more than an answer may have', async () => {
    const chunk = Buffer.alloc(MEBIBYTE, ' ');
    const sent = new Promise<number>((resolve) => {
      misbehave = (response) => {
        response.writeHead(200, { ...json, 'content-length': String(1_024 * MEBIBYTE) });
        const { socket } = response;
        response
          .on('error', () => undefined)
          .on('close', () => {
            resolve(socket?.bytesWritten ?? Infinity);
          });
        const pump = () => {
          while (response.write(chunk));
        };
        response.on('drain', pump);
        pump();
      };
    });
    const { body } = await gateway.send({ query: ACROSS_BOTH });
    expect(body).toMatchObject({
      data: { me: { username: 'ada', profile: null } },
      errors: [{ path: ['me', 'profile'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
    // What is on its way is the operating system's, not the gateway's.
    expect(await sent).toBeLessThan(64 * MEBIBYTE);
  });

  it('never sends a mutation again', async () => {
    misbehave = (response) => response.destroy();
    const requestsBefore = users.requests.length;
    const { body } = await gateway.send({ query: 'mutation { touch }' });
    expect(body).toMatchObject({
      data: { touch: null },
      errors: [{ path: ['touch'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
    expect(users.requests.length - requestsBefore).toBe(1);
  });
});

describe.each(BOTH_WAYS)('a request that keeps waiting for silent subgraphs, $way', ({ compilePlans }) => {
  const REQUEST_TIMEOUT_MS = 700;
  let silent: readonly SubgraphServer[];
  let gateway: TestGateway;

  beforeAll(async () => {
    silent = [await startServer(() => undefined), await startServer(() => undefined)];
    const [auth = '', users = ''] = silent.map(({ url }) => url);
    const subgraphs = [
      { name: 'auth', sdl: AUTH_SDL, url: auth },
      { name: 'users', sdl: USERS_SDL, url: users },
    ];
    const timeouts = {
      subgraphTimeoutMs: TIMEOUT_MS,
      subgraphMutationTimeoutMs: TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    };
    gateway = await startGateway(subgraphs, { ...timeouts, compilePlans });
  });

  afterAll(async () => {
    await gateway.stop();
    await Promise.all(silent.map((server) => server.stop()));
  });

  it('is answered when its time is up, and what has not been sent by then never is', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `${index % 2 === 0 ? 'reach' : 'touch'}${String(index)}`);
    const fields = names.map((name) => `${name}: ${name.slice(0, 5)}`);
    const startedAt = performance.now();
    const { status, headers, body } = await gateway.send({ query: `mutation { ${fields.join(' ')} }` });
    const took = performance.now() - startedAt;
    expect(took).toBeGreaterThan(REQUEST_TIMEOUT_MS - 50);
    expect(took).toBeLessThan(REQUEST_TIMEOUT_MS + 500);
    expect(status).toBe(200);
    expect(body.data).toEqual(Object.fromEntries(names.map((name) => [name, null])));
    expect(body.errors?.map(({ path, extensions }) => [path, extensions['code']])).toEqual(
      names.map((name) => [[name], 'SERVICE_UNAVAILABLE']),
    );
    // What has been sent may have been done.
    expect(headers.get('retry-after')).toBeNull();
    const sent = () => silent.map(({ requests }) => requests.length);
    expect(sent()).toEqual([1, 1]);
    await gateway.send({ query: '{ __typename }' });
    expect(sent()).toEqual([1, 1]);
  });
});

describe('a subgraph that is not there', () => {
  it('costs what it owns and nothing else', async () => {
    const auth = await startSubgraph(AUTH_SDL, { Query: { me: () => ({ id: 'user_1', username: 'ada' }) } });
    const dead = 'http://127.0.0.1:9/graphql';
    const withoutUsers = await startGateway([
      { name: 'auth', sdl: AUTH_SDL, url: auth.url },
      { name: 'users', sdl: USERS_SDL, url: dead },
    ]);
    const withoutAuth = await startGateway([
      { name: 'auth', sdl: AUTH_SDL, url: dead },
      { name: 'users', sdl: USERS_SDL, url: dead },
    ]);
    try {
      expect((await withoutUsers.send({ query: ACROSS_BOTH })).body).toMatchObject({
        data: { me: { username: 'ada', profile: null } },
        errors: [{ path: ['me', 'profile'], extensions: { code: 'SERVICE_UNAVAILABLE', service: 'users' } }],
      });
      const { body } = await withoutAuth.send({ query: '{ me { username } }' });
      expect(body).toEqual({
        data: { me: null },
        errors: [
          {
            message: 'The service "auth" is not available at the moment.',
            path: ['me'],
            extensions: { code: 'SERVICE_UNAVAILABLE', service: 'auth' },
          },
        ],
      });
      expect(withoutAuth.log.some((line) => line.includes('ECONNREFUSED'))).toBe(true);
    } finally {
      await withoutUsers.stop();
      await withoutAuth.stop();
      await auth.stop();
    }
  });
});
