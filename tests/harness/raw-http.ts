import { request, type IncomingHttpHeaders } from 'node:http';

/** A request that is sent just as it is written, which `fetch` would tidy up or refuse. */
export interface RawHttpRequest {
  readonly method?: string;
  /** As it stands in the request line. */
  readonly path?: string;
  /** One line each: names keep their case, and may come twice. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** Whether the request ends with the body; otherwise the server waits for more, which never comes. */
  readonly complete?: boolean;
}

/** What came back. */
export interface RawHttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request to a server, and resolves as soon as the whole answer is there. */
export async function sendRaw(
  baseUrl: string,
  { method = 'POST', path = '/graphql', headers = [], body = '', complete = true }: RawHttpRequest,
): Promise<RawHttpAnswer> {
  const { hostname, port, host } = new URL(baseUrl);
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [
    ['host', host],
    ...(named.has('content-length') ? [] : [['content-length', String(Buffer.byteLength(body))]]),
    ...headers,
  ];
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers: lines.flat() }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        if (!complete) outgoing.destroy();
      });
    });
    outgoing.on('error', reject);
    outgoing.write(body);
    if (complete) outgoing.end();
  });
}
