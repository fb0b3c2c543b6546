import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError } from './environment.js';
import { closeLostAnswers } from './lost-answers.js';
import { answerMalformedRequests } from './malformed-requests.js';
import { turnFloodsAway } from './request-flood.js';
import { requirePath } from './request-target.js';

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 lets the operating system choose. */
  readonly port: number;
  /** The environment variable that sets the port, to name it when the port is taken. */
  readonly portVariable: string;
  /** The environment variable that sets the address; `HOST` by default. */
  readonly hostVariable?: string;
}

/** What of a server is not the same for all. */
export interface HttpServerOptions {
  /**
   * How long nothing may happen on a connection while a request on it is not answered, in milliseconds; by itself longer than
   * any request may take. Whoever reads no answers would keep what is done for them, and their places, for ever otherwise.
   */
  readonly silentMs?: number;
  /** How many requests may wait for their answers; a subgraph's are few, as its gateways bound them. */
  readonly maxUnanswered?: number;
}

const SILENT_MS = 130_000;
const MAX_UNANSWERED = 10_000;

/** Creates a server that does not listen yet. */
export function createHttpServer(
  listener: RequestListener,
  { silentMs = SILENT_MS, maxUnanswered = MAX_UNANSWERED }: HttpServerOptions = {},
): Server {
  // Longer than SUBGRAPH_KEEP_ALIVE_MS of the gateway may be, so that no request meets a connection being closed.
  const server = createServer(
    { keepAliveTimeout: 75_000, headersTimeout: 30_000, requestTimeout: 30_000, requireHostHeader: false },
    turnFloodsAway(requirePath(listener), maxUnanswered),
  );
  server.timeout = silentMs;
  answerMalformedRequests(server);
  closeLostAnswers(server);
  return server;
}

/**
 * Starts to listen.
 *
 * @returns The base URL with the port really taken.
 * @throws {@link ConfigurationError} when the port is in use or may not be used, naming the variable that changes it.
 */
export async function listen(server: Server, options: ListenOptions): Promise<string> {
  const { host, port } = options;
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      reject(listenError(error, options));
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
  const address = server.address();
  return `http://${reachable(host)}:${String(isAddressInfo(address) ? address.port : port)}`;
}

function listenError(
  error: NodeJS.ErrnoException,
  { host, port, portVariable, hostVariable = 'HOST' }: ListenOptions,
): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ConfigurationError([
        `${portVariable}: port ${String(port)} is already in use; set ${portVariable} to a free one`,
      ]);
    case 'EACCES':
      return new ConfigurationError([
        `${portVariable}: port ${String(port)} may not be used; set ${portVariable} to one above 1023`,
      ]);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigurationError([`${hostVariable}: this machine has no address ${host}`]);
    default:
      return error;
  }
}

/** A wildcard address can be listened on, not connected to. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
