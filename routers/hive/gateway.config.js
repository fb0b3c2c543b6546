import { readFileSync } from 'node:fs';
import { isIP, SocketAddress } from 'node:net';
import { GraphQLError, parse, visit } from 'graphql';

// What Hive Gateway has to be told to stand where the Node gateway stands. `hive-gateway supergraph` reads this file.

const { SUPERGRAPH_PATH = '../../schema/supergraph.graphql', ROUTER_SECRET = '' } = process.env;
const [routerSecret = ''] = ROUTER_SECRET.split(',').map((secret) => secret.trim());
if (Buffer.byteLength(routerSecret) < 32) throw new Error('ROUTER_SECRET: must have at least 32 bytes');

const queryTimeout = Number(process.env.SUBGRAPH_TIMEOUT_MS ?? 1_600);
const mutationTimeout = Number(process.env.SUBGRAPH_MUTATION_TIMEOUT_MS ?? Math.max(1_800, queryTimeout));
const proxyHops = Number(process.env.TRUSTED_PROXY_HOPS ?? 0);
const production = process.env.NODE_ENV === 'production';

/** Where subgraphs really are, by the variables that the Node gateway reads, too. */
const addresses = Object.entries(process.env).filter(([name]) => name.startsWith('SUBGRAPH_URL_'));

/** Some proxies tell the port, too. */
const ADDRESS_AND_PORT = /^(?:\[([\da-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/i;

/** The client's address as the outermost trusted proxy has seen it; what clients claim stands further left. */
function clientAddress(request, connection) {
  const chain = [...(request.headers.get('x-forwarded-for') ?? '').split(','), connection].map((part) => part.trim());
  const known = chain.filter((part) => part !== '');
  const seen = known.at(-1 - proxyHops) ?? known[0] ?? '';
  const [, bracketed, plain] = ADDRESS_AND_PORT.exec(seen) ?? [];
  const address = bracketed ?? plain ?? seen;
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : null;
  return new SocketAddress({ address, family: 'ipv6' }).address.replace(/^::ffff:(?=[\d.]+$)/, '');
}

/** One of several would be a matter of taste, and a proxy in front might have another. */
function authorization({ headersDistinct: { authorization: values = [] } }) {
  return values.length > 1 ? 'Ambiguous' : values[0];
}

/** A call that has failed is told by the code of the API. Its details would hold what was sent, such as passwords. */
const withoutDetails = {
  onSubgraphExecute({ subgraphName, executor, setExecutor }) {
    const extensions = { code: 'SERVICE_UNAVAILABLE', service: subgraphName };
    const unavailable = new GraphQLError(`The ${subgraphName} service is not available.`, { extensions });
    const isAnswer = ({ extensions: { code, request } = {} }) => code !== undefined && request === undefined;
    setExecutor(async (executionRequest) => {
      try {
        const { errors = [], ...rest } = await executor(executionRequest);
        return { ...rest, errors: errors.map((error) => (isAnswer(error) ? error : unavailable)) };
      } catch {
        return { data: null, errors: [unavailable] };
      }
    });
  },
};

/** The mutations that try or change a credential, by their mark in the supergraph. */
const credentialMutations = new Set();
visit(parse(readFileSync(SUPERGRAPH_PATH, 'utf8')), {
  ObjectTypeDefinition: ({ name }) => (name.value === 'Mutation' ? undefined : false),
  FieldDefinition({ name, directives }) {
    const marks = directives.filter((directive) => directive.name.value === 'tag').flatMap((tag) => tag.arguments);
    if (marks.some(({ value }) => value.value === 'credential')) credentialMutations.add(name.value);
  },
});

/** How many of them an operation holds, under names of their own, whatever fragments they stand in. */
function countCredentials({ definitions }, operation) {
  const fragments = new Map(definitions.map((definition) => [definition.name?.value, definition.selectionSet]));
  const names = new Set();
  const collect = ({ selections }) => {
    for (const { kind, name, alias, selectionSet } of selections) {
      if (kind === 'Field') {
        if (credentialMutations.has(name.value)) names.add((alias ?? name).value);
      } else if (kind === 'InlineFragment') collect(selectionSet);
      else if (fragments.has(name.value)) {
        const fragment = fragments.get(name.value);
        fragments.delete(name.value);
        collect(fragment);
      }
    }
  };
  if (operation?.operation === 'mutation') collect(operation.selectionSet);
  return names.size;
}

/** Each mutation is a request of its own to a subgraph, which therefore cannot see that a list of passwords is tried. */
const oneCredentialMutation = {
  onExecute({ args: { document, operationName }, setResultAndStopExecution }) {
    const operations = document.definitions.filter(({ kind }) => kind === 'OperationDefinition');
    const operation = operations.find(({ name }) => operationName == null || name?.value === operationName);
    if (countCredentials(document, operation) <= 1) return;
    const extensions = { code: 'OPERATION_TOO_COMPLEX', http: { status: 400 } };
    const message = 'An operation may hold one mutation that tries or changes a credential.';
    setResultAndStopExecution({ data: null, errors: [new GraphQLError(message, { extensions })] });
  },
};

export const gatewayConfig = {
  supergraph: SUPERGRAPH_PATH,
  transportEntries: Object.fromEntries(
    addresses.map(([name, location]) => [name.slice('SUBGRAPH_URL_'.length).toLowerCase(), { location }]),
  ),

  // Nothing but this reaches a subgraph. Each verifies the token itself and enforces its own directives.
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, context: { req, requestId } }) => ({
      'router-authorization': routerSecret,
      authorization: authorization(req),
      traceparent: request.headers.get('traceparent'),
      'user-agent': request.headers.get('user-agent')?.slice(0, 512),
      'x-request-id': requestId,
      'x-forwarded-for': clientAddress(request, req.socket.remoteAddress ?? ''),
    }),
  },

  // No retries: a mutation must never be sent twice.
  upstreamTimeout: ({ executionRequest }) =>
    executionRequest?.operationType === 'mutation' ? mutationTimeout : queryTimeout,
  subgraphErrors: false,
  plugins: () => [oneCredentialMutation, withoutDetails],

  maxTokens: 2_000,
  maxDepth: 15,
  batching: false,
  csrfPrevention: true,
  multipart: false,
  graphiql: !production,
  landingPage: false,
  disableIntrospection: { isDisabled: () => production },
  healthCheckEndpoint: '/health/live',
  readinessCheckEndpoint: '/health/ready',
};
