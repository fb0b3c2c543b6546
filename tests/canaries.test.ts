import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { readText } from '../scripts/project-files.js';
import { canaries, canaryPaths, holdsCanary } from './harness/canaries.js';
import { canaryOperations, type CanaryOperation } from './harness/canary-operations.js';
import { canaryRequests } from './harness/canary-requests.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { isLong } from './harness/length.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { sendRaw, type RawHttpAnswer } from './harness/raw-http.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';

// Thousands of requests.
jest.setTimeout(300_000);

/** Where the API shows people what they have entered themselves, and what everybody may see of others. */
const SHOWN_BY_CONTRACT =
  /\.(?:username|email|deviceName|userAgent|displayName|bio|avatarUrl|locale|timeZone|custom(?:\..*)?)$/;

/** Keys of `data`, and the paths of errors, are made of aliases (GraphQL specification, sections 6.4 and 7.1.2). */
const MADE_OF_ALIASES = /^data(?:\..*)?\.\(key\)$|^errors\.path$/;

const NO_LIMITS = { MAX_COST: '1000000', MAX_SELECTIONS: '5000', MAX_DEPTH: '100', MAX_TOKENS: '20000' };

const SERVICES = ['gateway', 'auth', 'users'] as const;
type Service = (typeof SERVICES)[number];

let stack: TestStack;
let admin: Person;
let victim: Person;
/** What the services have been given. */
let secrets: readonly string[];
const printed: string[] = [];
/** What the open gateway has called wrong. */
const wrong: CanaryOperation[] = [];

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    jest.spyOn(console, method).mockImplementation((...words: unknown[]) => void printed.push(words.join(' ')));
  stack = await startStack({ environment: { ...NO_LIMITS, REFRESH_COOKIE_SUBGRAPH: 'auth' } });
  admin = await registerAdmin(stack);
  victim = await registerSomebody(stack.client);
  secrets = await stack.secrets();
});

afterAll(async () => {
  await stack.close();
});

/** What the gateway shows to a subgraph. */
function credentialFor(service: Service): Readonly<Record<string, string>> {
  return service === 'gateway' ? {} : { 'router-authorization': stack.services.routerSecret };
}

async function schemaOf(service: Service): Promise<GraphQLSchema> {
  if (service === 'gateway') return buildSchema(await readText('schema/api.graphql'));
  const query = getIntrospectionQuery();
  const { data } = await sendGraphql(stack.services[service].url, { query, headers: credentialFor(service) });
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the answer to graphql-js's own query
  return buildClientSchema(data as IntrospectionQuery);
}

/** Where a canary stands in an answer and may not. */
function leaksIn({ headers, body }: RawHttpAnswer): readonly string[] {
  const head = JSON.stringify(headers);
  const ofServices = secrets.some((secret) => head.includes(secret) || body.includes(secret)) ? ['secret'] : [];
  const inHeaders = [...ofServices, ...(holdsCanary(head) ? ['header'] : [])];
  if (!holdsCanary(body)) return inHeaders;
  if (!String(headers['content-type']).includes('json')) return [...inHeaders, 'body'];
  const inBody = canaryPaths(JSON.parse(body));
  return [...inHeaders, ...inBody.filter((path) => !SHOWN_BY_CONTRACT.test(path) && !MADE_OF_ALIASES.test(path))];
}

async function ask(service: Service, operation: object, { accessToken }: Person): Promise<RawHttpAnswer> {
  const headers = { 'content-type': 'application/json', ...credentialFor(service), ...bearer(accessToken) };
  return sendRaw(stack.services[service].url, { headers: Object.entries(headers), body: JSON.stringify(operation) });
}

/** Sends operations as an administrator who logs in again whenever one of them has ended the session. */
async function sendAll(service: Service, operations: Iterable<CanaryOperation>) {
  const leaks: unknown[] = [];
  const answered = new Set<string>();
  const refused: CanaryOperation[] = [];
  let person = admin;
  for (const operation of operations) {
    const { about, ...request } = operation;
    let answer = await ask(service, request, person);
    if (answer.body.includes('"TOKEN_REVOKED"')) {
      person = await logInAgain(stack.client, admin);
      answer = await ask(service, request, person);
    }
    const found = leaksIn(answer);
    if (found.length > 0) leaks.push({ found, ...operation });
    if (answer.status === 400) refused.push(operation);
    else if (!answer.body.includes('"errors"')) answered.add(about);
  }
  return { leaks, answered, refused };
}

/** What the requests were really made with, beside the canaries. */
function realSecrets(): readonly string[] {
  const people = [admin, victim].flatMap(({ email, password, accessToken, refreshToken }) => [
    email,
    password,
    refreshToken,
    ...accessToken.split('.').slice(1),
  ]);
  return [...people, ...secrets];
}

function expectNothingLogged(): void {
  expect(stack.logs.filter(holdsCanary)).toEqual([]);
  expect(stack.logs.filter((line) => realSecrets().some((secret) => line.includes(secret)))).toEqual([]);
  expect(printed).toEqual([]);
}

/** The root fields that take something. */
function fieldsWithArguments(schema: GraphQLSchema): readonly string[] {
  return [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {})
      .filter(({ args }) => args.length > 0)
      .map(({ name }) => `${type?.name ?? ''}.${name}`),
  );
}

describe.each(SERVICES)('what somebody types in the wrong place: %s', (service) => {
  it('comes back from no operation and is in no line of the log', async () => {
    const schema = await schemaOf(service);
    const { leaks, answered, refused } = await sendAll(service, canaryOperations(schema, [victim.id]));
    expect(leaks).toEqual([]);
    expectNothingLogged();
    // None of them has only been refused: each use case has seen canaries.
    expect(fieldsWithArguments(schema).filter((field) => !answered.has(field))).toEqual([]);
    if (service === 'gateway') wrong.push(...refused);
  });

  it('comes back from nothing around an operation, and is in no line of the log', async () => {
    const leaks: unknown[] = [];
    const chosen = canaries.filter(
      (_canary, index) => isLong || service === 'gateway' || index === SERVICES.indexOf(service),
    );
    for (const request of canaryRequests(chosen, Object.entries(credentialFor(service)))) {
      const found = leaksIn(await sendRaw(stack.services[service].url, request));
      if (found.length > 0) leaks.push({ found, ...request });
    }
    expect(leaks).toEqual([]);
    expectNothingLogged();
  });
});

describe('what somebody types in the wrong place where the schema is not shown', () => {
  it('comes back from nothing either', async () => {
    await stack.restart({ INTROSPECTION: 'false', SANDBOX: 'false', ALTAIR: 'false' });
    expect(wrong.length).toBeGreaterThan(200);
    const { leaks, answered } = await sendAll('gateway', wrong);
    expect(leaks).toEqual([]);
    expect([...answered]).toEqual([]);
    expectNothingLogged();
  });
});

describe('the search for canaries', () => {
  const json = { 'content-type': 'application/json' };
  const [canary = { value: '' }] = canaries;

  it('sees what the services have been given, all of it', () => {
    expect(secrets).toContain(stack.services.routerSecret);
    // The secret of the gateway, the pepper and the signing key; passwords of two databases and of Redis.
    expect(secrets.length).toBeGreaterThanOrEqual(stackName() === 'embedded' ? 3 : 6);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8);
      expect(leaksIn({ status: 200, headers: {}, body: `{"data":"${secret}"}` })).toEqual(['secret']);
    }
  });

  it.each<readonly [string, Partial<RawHttpAnswer>, readonly string[]]>([
    ['a page', { body: `<p>${canary.value}</p>`, headers: { 'content-type': 'text/html' } }, ['body']],
    ['a header', { headers: { location: `/${canary.value}` } }, ['header']],
    ['a message', { body: `{"errors":[{"message":"no ${canary.value.toLowerCase()}"}]}` }, ['errors.message']],
    ['a detail', { body: `{"errors":[{"extensions":{"${canary.value}":1}}]}` }, ['errors.extensions.(key)']],
    ['bytes', { body: `{"errors":[{"x":"${Buffer.from(canary.value).toString('hex')}"}]}` }, ['errors.x']],
    [
      'data',
      { body: `{"data":{"login":{"tokens":{"accessToken":"${canary.value}"}}}}` },
      ['data.login.tokens.accessToken'],
    ],
    ['data that shows it by contract', { body: `{"data":{"me":{"email":"${canary.value}"}}}` }, []],
    ['an alias', { body: `{"data":{"${canary.value}":1},"errors":[{"path":["${canary.value}"]}]}` }, []],
  ])('sees one in %s', (_where, answer, found) => {
    expect(leaksIn({ status: 200, headers: json, body: '{}', ...answer })).toEqual(found);
  });
});
