import { request } from 'node:http';

/** Sends a request with exactly the given header lines, which `fetch` would merge or refuse. */
export async function rawPost(
  url: string,
  headers: readonly (readonly [string, string])[],
  body: string,
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const lines: readonly (readonly [string, string])[] = [
      ...(headers.some(([name]) => name === 'host') ? [] : [['host', new URL(url).host] as const]),
      ['content-type', 'application/json'],
      ['content-length', String(Buffer.byteLength(body))],
      ...headers,
    ];
    const outgoing = request(url, { method: 'POST', headers: lines.flat() }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}
