import { randomUUID } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Attributes, Context, Span as OpenTelemetrySpan } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { currentSpan, traceIdsOf } from './current-span.js';
import { withDeadline } from './deadline.js';
import { createTraceExporter } from './trace-exporter.js';
import { createTraceSampler } from './trace-sampler.js';
import type { Logger } from './logger.js';
import type { TraceSettings } from './trace-settings.js';
import { formatTraceparent, parseTraceparent } from './traceparent.js';
import { failureOf, type Span, type SpanAttributes, type SpanOptions, type Tracing } from './tracing.js';

/** How long stopping waits for a collector, in milliseconds. */
const FLUSH_DEADLINE_MS = 1_000;
const MAX_CHARACTERS = 256;

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT };

const unrecorded: Span = { set: () => undefined, end: () => undefined };

/**
 * Creates the spans of a service by OpenTelemetry. Nothing is registered for the process: with `npm start` it has several
 * services, and what libraries would add of their own accord, such as documents and messages, is not fit for traces.
 */
export function createTracing(
  settings: TraceSettings,
  { trustCallers, logger }: { readonly trustCallers: boolean; readonly logger: Logger },
): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.instance.id': randomUUID(), ...settings.resource }),
    ),
    sampler: createTraceSampler(settings.sampler, trustCallers),
    spanLimits: { attributeValueLengthLimit: MAX_CHARACTERS },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: createTraceExporter(settings.exporter, logger),
        scheduledDelayMillis: settings.delayMs,
      }),
    ],
  });
  const tracer = provider.getTracer('identity-supergraph');

  function start({ name, kind, attributes = {} }: SpanOptions): OpenTelemetrySpan | null {
    const parent = currentSpan.getStore();
    if (parent?.isRecording() !== true) return null;
    return tracer.startSpan(
      name,
      { kind: KINDS[kind], attributes: attributesOf(attributes) },
      trace.setSpan(ROOT_CONTEXT, parent),
    );
  }

  return {
    serve(traceparent, { name, attributes = {} }, work) {
      const span = tracer.startSpan(
        name,
        { kind: SpanKind.SERVER, attributes: attributesOf(attributes) },
        contextOf(traceparent),
      );
      currentSpan.run(span, work, spanOf(span), traceIdsOf(span));
    },
    begin(begun) {
      const span = start(begun);
      return span === null ? unrecorded : spanOf(span);
    },
    async within(begun, work) {
      const started = start(begun);
      if (started === null) return work(unrecorded);
      const span = spanOf(started);
      try {
        const result = await currentSpan.run(started, work, span);
        span.end();
        return result;
      } catch (error) {
        span.end(failureOf(error));
        throw error;
      }
    },
    traceparent() {
      const span = currentSpan.getStore();
      if (span === undefined) return null;
      const { traceId, spanId, traceFlags } = span.spanContext();
      return formatTraceparent({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 });
    },
    async close() {
      await withDeadline(provider.shutdown(), FLUSH_DEADLINE_MS).catch((error: unknown) => {
        logger.warn({ err: error }, 'the last traces could not be delivered');
      });
    },
  };
}

function spanOf(span: OpenTelemetrySpan): Span {
  return {
    set: (attributes) => void span.setAttributes(attributesOf(attributes)),
    end(failure) {
      if (failure !== undefined) span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** OpenTelemetry's lists are not read-only. */
function attributesOf(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]),
  );
}

function contextOf(header: string | undefined): Context {
  const caller = parseTraceparent(header);
  if (caller === null) return ROOT_CONTEXT;
  const { traceId, spanId, sampled } = caller;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
