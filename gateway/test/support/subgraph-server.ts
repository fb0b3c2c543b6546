import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';

/** A server that stands for a subgraph. */
export interface SubgraphServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** How many connections are open. */
  connections(): number;
  stop(): Promise<void>;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Resolvers = NonNullable<
  Parameters<typeof buildSubgraphSchema>[0] extends infer M ? (M extends { resolvers?: infer R } ? R : never) : never
>;

/** Starts a server that answers every request by the given listener, once its body has arrived. */
export async function startServer(
  answer: (request: ReceivedRequest, response: ServerResponse) => void,
): Promise<SubgraphServer> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    void bodyOf(request).then((body) => {
      const received = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      requests.push(received);
      answer(received, response);
    });
  };
  const server = createServer(listener);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${String(isAddressInfo(address) ? address.port : 0)}/graphql`,
    requests,
    connections: () => sockets.size,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Starts a subgraph with a schema; its health checks answer 200. */
export async function startSubgraph(sdl: string, resolvers: Resolvers = {}): Promise<SubgraphServer> {
  const apollo = new ApolloServer({
    schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]),
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    logger: silent,
  });
  await apollo.start();
  const server = await startServer(({ path, method, headers, body }, response) => {
    if (path.startsWith('/health')) {
      response.end('{}');
      return;
    }
    const parsed: unknown = JSON.parse(body);
    const request = {
      method,
      search: '',
      body: parsed,
      headers: new HeaderMap(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    };
    void apollo
      .executeHTTPGraphQLRequest({ httpGraphQLRequest: request, context: () => Promise.resolve({}) })
      .then((answer) => {
        response.writeHead(answer.status ?? 200, Object.fromEntries(answer.headers));
        response.end(answer.body.kind === 'complete' ? answer.body.string : '');
      });
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      await apollo.stop();
    },
  };
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of request.setEncoding('utf8')) chunks.push(String(chunk));
  return chunks.join('');
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
