import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canaries, holdsCanary, natural } from './harness/canaries.js';
import { eventually } from './harness/eventually.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerSomebody, type Person } from './harness/people.js';
import { stackName } from './harness/stack-name.js';
import { startStack, type TestStack } from './harness/stack.js';
import { startTraceCollector, type ReceivedSpan, type TraceCollector } from './harness/trace-collector.js';

const API_KEY = 'the-key-of-the-collector';
const SIGNED_OUT = 'mutation { logout { revokedSessionCount } }';
const BOTH_SUBGRAPHS = '{ me { username profile { bio } } }';

let collector: TraceCollector;
let stack: TestStack;
let ada: Person;

beforeAll(async () => {
  collector = await startTraceCollector();
  stack = await startStack({
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${API_KEY}`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test%20bench',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  ada = await registerSomebody(stack.client);
});

afterAll(async () => {
  await stack.close();
  await collector.close();
});

function traceparent({ flags = '01' } = {}) {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, header: `00-${traceId}-${spanId}-${flags}` };
}

/** Sends an operation as part of a client's trace, and waits until the gateway's span of it has arrived, and the subgraphs'. */
async function traced(
  query: string,
  { headers = {}, flags = '01', services = ['identity-gateway'] }: TraceWishes = {},
): Promise<{ readonly spans: readonly ReceivedSpan[]; readonly caller: string; readonly traceId: string }> {
  const { traceId, spanId, header } = traceparent({ flags });
  await sendGraphql(stack.services.gateway.url, { query, headers: { traceparent: header, ...headers } });
  const spans = () => collector.spans.filter((span) => span.traceId === traceId);
  await eventually(`the spans of ${services.join()}`, () =>
    services.every((service) => spans().some((span) => span.service === service && span.kind === 'SERVER')),
  );
  return { spans: spans(), caller: spanId, traceId };
}

interface TraceWishes {
  readonly headers?: Readonly<Record<string, string>>;
  readonly flags?: string;
  /** Whose spans to wait for. */
  readonly services?: readonly string[];
}

const ALL = ['identity-gateway', 'identity-auth', 'identity-users'];

/** A span with all above it: `identity-auth SELECT accounts < identity-auth POST /graphql < …`. */
function lineage(span: ReceivedSpan, spans: readonly ReceivedSpan[]): readonly string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  const own = `${span.service.replace('identity-', '')} ${span.kind} ${span.name}`;
  return [own, ...(parent === undefined ? [] : lineage(parent, spans))];
}

function find(spans: readonly ReceivedSpan[], service: string, name: string): ReceivedSpan {
  const found = spans.find((span) => span.service === `identity-${service}` && span.name === name);
  if (found === undefined) throw new Error(`no span ${name} of ${service} in ${JSON.stringify(spans)}`);
  return found;
}

describe('the trace of a query over both subgraphs', () => {
  it('is one, from the client through the gateway and the subgraphs to SQL', async () => {
    const { spans, caller } = await traced(BOTH_SUBGRAPHS, { headers: bearer(ada.accessToken), services: ALL });
    const gateway = ['gateway INTERNAL graphql.execute', 'gateway SERVER POST /graphql'];
    const below = (service: string) => [
      `${service} SERVER POST /graphql`,
      `gateway CLIENT POST ${service}`,
      ...gateway,
    ];
    expect(lineage(find(spans, 'auth', 'SELECT accounts'), spans)).toEqual([
      'auth CLIENT SELECT accounts',
      ...below('auth'),
    ]);
    expect(lineage(find(spans, 'users', 'SELECT profiles'), spans)).toEqual([
      'users CLIENT SELECT profiles',
      ...below('users'),
    ]);
    for (const phase of ['graphql.parse', 'graphql.validate'])
      expect(lineage(find(spans, 'gateway', phase), spans)).toEqual([`gateway INTERNAL ${phase}`, gateway[1]]);
    expect(lineage(find(spans, 'gateway', 'graphql.plan'), spans)).toEqual([
      'gateway INTERNAL graphql.plan',
      ...gateway,
    ]);
    expect(find(spans, 'gateway', 'POST /graphql').parentSpanId).toBe(caller);
    const ids = new Set([caller, ...spans.map(({ spanId }) => spanId)]);
    expect(spans.filter(({ parentSpanId, failed }) => failed || !ids.has(parentSpanId))).toEqual([]);
  });

  it('tells by the semantic conventions what was done', async () => {
    const { spans } = await traced(BOTH_SUBGRAPHS, { headers: bearer(ada.accessToken), services: ALL });
    expect(find(spans, 'gateway', 'POST /graphql').attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/graphql',
      'url.path': '/graphql',
      'url.scheme': 'http',
      'graphql.operation.type': 'query',
      'identity.fields': ['me'],
    });
    const { auth } = stack.services;
    expect(find(spans, 'gateway', 'POST auth').attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'identity.subgraph': 'auth',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(auth.url).port),
      'url.full': `${auth.url}/graphql`,
    });
    const onServer = {
      'db.namespace': expect.any(String),
      'server.address': '127.0.0.1',
      'server.port': expect.any(Number),
    };
    expect(find(spans, 'auth', 'SELECT accounts').attributes).toEqual({
      'db.system.name': stackName() === 'embedded' ? 'sqlite' : 'mysql',
      'db.operation.name': 'SELECT',
      'db.collection.name': 'accounts',
      'db.query.summary': 'SELECT accounts',
      ...(stackName() === 'embedded' ? {} : onServer),
    });
    expect(collector.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'content-type': 'application/json', 'x-api-key': API_KEY },
      body: expect.stringContaining('"test bench"'),
    });
  });

  it('has its ids in every line that the services log of the request', async () => {
    const requestId = randomUUID();
    const headers = { ...bearer(ada.accessToken), 'x-request-id': requestId };
    const { spans, traceId } = await traced(BOTH_SUBGRAPHS, { headers, services: ALL });
    const ofRequest = () => stack.logs.filter((line) => line.includes(requestId));
    // A line is written once its answer has been sent.
    await eventually('a line of each service', () => ofRequest().length >= 3);
    const lines = ofRequest().map((line): unknown => JSON.parse(line));
    expect(lines).toHaveLength(3);
    for (const service of ['gateway', 'auth', 'users']) {
      const { spanId } = find(spans, service, 'POST /graphql');
      expect(lines).toContainEqual(expect.objectContaining({ service, trace_id: traceId, span_id: spanId }));
    }
  });

  it('begins in the gateway when the client has none', async () => {
    const before = collector.spans.length;
    await sendGraphql(stack.services.gateway.url, { query: SIGNED_OUT, headers: { traceparent: 'x' } });
    const first = () =>
      collector.spans.slice(before).find(({ service, kind }) => service === ALL[0] && kind === 'SERVER');
    await eventually('the span of the gateway', () => first() !== undefined);
    expect(first()).toMatchObject({ parentSpanId: '', attributes: { 'identity.codes': ['UNAUTHENTICATED'] } });
  });
});

describe('failures', () => {
  it('of the service show as such in the trace, and in the lines of the log; those of the client do not', async () => {
    const refused = await traced('{ nothing }');
    expect(find(refused.spans, 'gateway', 'POST /graphql')).toMatchObject({
      failed: false,
      attributes: { 'identity.codes': ['GRAPHQL_VALIDATION_FAILED'], 'http.response.status_code': 400 },
    });
    await stack.sql('users', 'ALTER TABLE profiles RENAME TO elsewhere');
    const { spans, traceId } = await traced(BOTH_SUBGRAPHS, { headers: bearer(ada.accessToken), services: ALL });
    await stack.sql('users', 'ALTER TABLE elsewhere RENAME TO profiles');
    const code = 'INTERNAL_SERVER_ERROR';
    for (const service of ['gateway', 'users'])
      expect(find(spans, service, 'POST /graphql')).toMatchObject({ failed: true, attributes: { 'error.type': code } });
    expect(find(spans, 'users', 'SELECT profiles')).toMatchObject({
      failed: true,
      attributes: { 'error.type': expect.stringMatching(/^(?:ER_NO_SUCH_TABLE|(?:ERR_)?SQLITE_ERROR)$/) },
    });
    expect(find(spans, 'auth', 'POST /graphql').failed).toBe(false);
    const failures = stack.logs.map((line): unknown => JSON.parse(line));
    expect(failures).toContainEqual(expect.objectContaining({ service: 'users', level: 'error', trace_id: traceId }));
  });
});

describe('what a client sends', () => {
  it('is in no span, whatever it is and wherever it stands', async () => {
    const secrets = canaries.map(natural);
    for (const [index, secret] of secrets.entries()) {
      const { value } = canaries[index] ?? { value: '' };
      const headers = {
        'x-request-id': value,
        authorization: `Bearer ${secret}`,
        'user-agent': secret,
        tracestate: `a=${value}`,
        baggage: `a=${value}`,
      };
      const login = `mutation ${value} { ${value}: login(input: { identifier: "${secret}", password: "${secret}" }) { userErrors { code } } }`;
      await traced(login, { headers });
      await traced(`{ ${value} }`, { headers });
      await traced(`query ${value} { userByUsername(username: "${value}") { id } }`, {
        headers: { ...headers, ...bearer(ada.accessToken) },
        services: ALL.slice(0, 2),
      });
      await ada.client.updateProfile({ input: { bio: secret, displayName: value } });
      await fetch(`${stack.services.gateway.url}/graphql/${value}?query=${value}`, { headers });
    }
    await registerSomebody(stack.client, {
      username: 'zq7ScCanary',
      email: secrets[4] ?? '',
      password: secrets[0] ?? '',
    });
    const { spans } = await traced('{ me { id } }', { headers: bearer(ada.accessToken), services: ALL.slice(0, 2) });
    expect(spans.length).toBeGreaterThan(0);
    const sent = collector.requests.map(({ body }) => body).join('');
    expect(sent).toContain('INSERT accounts');
    expect(sent).toContain('UPDATE profiles');
    expect(holdsCanary(sent)).toBe(false);
    for (const known of [
      ada.id,
      ada.username,
      ada.email,
      ada.password,
      ada.accessToken,
      ada.refreshToken,
      API_KEY,
      stack.services.routerSecret,
    ])
      expect(sent).not.toContain(known);
  });
});

describe('a client that says what to record', () => {
  it('decides nothing', async () => {
    const { spans } = await traced('{ me { id } }', { flags: '00' });
    expect(spans.length).toBeGreaterThan(0);
    await stack.restart({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' });
    const before = collector.requests.length;
    const { header, traceId } = traceparent();
    const requestId = randomUUID();
    const headers = { ...bearer(ada.accessToken), traceparent: header, 'x-request-id': requestId };
    await sendGraphql(stack.services.gateway.url, { query: BOTH_SUBGRAPHS, headers });
    const lines = () => stack.logs.filter((line) => line.includes(requestId) && line.includes(traceId));
    // The ids still lead from line to line, and to the client's own trace.
    await eventually('the lines of the log', () => lines().length === 3);
    await stack.restart();
    expect(collector.requests).toHaveLength(before);
  });
});

describe('a collector that is away', () => {
  it('delays and fails nothing, neither a request nor the end', async () => {
    await stack.restart({ OTEL_TRACES_SAMPLER: '', OTEL_EXPORTER_OTLP_TIMEOUT: '200' });
    const before = collector.requests.length;
    collector.freeze();
    const ask = async () => {
      const answer = await sendGraphql(stack.services.gateway.url, {
        query: BOTH_SUBGRAPHS,
        headers: bearer(ada.accessToken),
      });
      expect(answer).toMatchObject({ status: 200, errors: [], data: { me: { username: ada.username } } });
    };
    await ask();
    await eventually('spans are sent', () => collector.requests.length > before);
    await ask();
    await eventually('the log says it', () => stack.logs.some((line) => line.includes('"traces cannot be delivered"')));
    await stack.restart({ OTEL_EXPORTER_OTLP_TIMEOUT: '' });
    await ask();
    const stoppedAt = performance.now();
    await stack.restart({ OTEL_SDK_DISABLED: 'true' });
    // Three services, one after the other, wait for a second each, and not for the ten that an answer may take.
    expect(performance.now() - stoppedAt).toBeLessThan(20_000);
  });
});

describe('without traces', () => {
  it('hands the client’s trace on as it is, and says nothing of it', async () => {
    const { header, traceId } = traceparent();
    const before = collector.requests.length;
    await sendGraphql(stack.services.gateway.url, {
      query: BOTH_SUBGRAPHS,
      headers: { ...bearer(ada.accessToken), traceparent: header },
    });
    await stack.restart();
    expect(stack.logs.filter((line) => line.includes(traceId))).toEqual([]);
    expect(collector.requests).toHaveLength(before);
  });
});
