import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { ConsoleSpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from './logger.js';
import type { TraceSettings } from './trace-settings.js';

/** Creates what sends spans; the log says when a collector cannot be reached, and when it can again. */
export function createTraceExporter(settings: TraceSettings['exporter'], logger: Logger): SpanExporter {
  if (settings === 'console') return new ConsoleSpanExporter();
  const { url, headers, timeoutMs } = settings;
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: timeoutMs });
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const { error } = result;
        if (error !== undefined && !failing) logger.warn({ err: error }, 'traces cannot be delivered');
        if (error === undefined && failing) logger.info('traces are delivered again');
        failing = error !== undefined;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
