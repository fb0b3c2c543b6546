import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { isRecord } from '@identity/service-kit/json';

/** A span as it has arrived. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** `SERVER`, `CLIENT` or `INTERNAL`. */
  readonly kind: string;
  readonly failed: boolean;
  readonly service: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A collector of traces by OTLP over HTTP with JSON, on the loopback. */
export interface TraceCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** What it was sent: headers, path and body of each request. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[];
  /** From now on it takes requests and never answers. */
  freeze(): void;
  close(): Promise<void>;
}

const KINDS = ['', 'INTERNAL', 'SERVER', 'CLIENT'];
const STATUS_ERROR = 2;

/** Starts a collector. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const requests: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const spans: ReceivedSpan[] = [];
  let frozen = false;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      if (frozen) return;
      spans.push(...spansIn(JSON.parse(body)));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.');

  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    spans,
    requests,
    freeze() {
      frozen = true;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function spansIn(body: unknown): readonly ReceivedSpan[] {
  return listIn(body, 'resourceSpans').flatMap((ofResource) => {
    const resource = isRecord(ofResource) ? attributesOf(ofResource['resource']) : {};
    return listIn(ofResource, 'scopeSpans').flatMap((ofScope) =>
      listIn(ofScope, 'spans')
        .filter(isRecord)
        .map((span) => ({
          traceId: String(span['traceId']),
          spanId: String(span['spanId']),
          parentSpanId: 'parentSpanId' in span ? String(span['parentSpanId']) : '',
          name: String(span['name']),
          kind: KINDS[Number(span['kind'])] ?? '',
          failed: isRecord(span['status']) && span['status']['code'] === STATUS_ERROR,
          service: String(resource['service.name']),
          attributes: attributesOf(span),
        })),
    );
  });
}

function attributesOf(of: unknown): Readonly<Record<string, unknown>> {
  const entries = listIn(of, 'attributes')
    .filter(isRecord)
    .map(({ key, value }) => [String(key), plain(value)] as const);
  return Object.fromEntries(entries);
}

function plain(value: unknown): unknown {
  if (!isRecord(value)) return value;
  if ('arrayValue' in value) return listIn(value['arrayValue'], 'values').map(plain);
  return Object.values(value)[0];
}

function listIn(of: unknown, name: string): readonly unknown[] {
  const list: unknown = isRecord(of) ? of[name] : undefined;
  return Array.isArray(list) ? list : [];
}
