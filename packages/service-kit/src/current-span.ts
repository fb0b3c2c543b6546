import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from '@opentelemetry/api';

/** The span in which something runs. Without traces nothing is ever stored, and looking costs nothing. */
export const currentSpan = new AsyncLocalStorage<Span>();

/** A span's ids, by the names that OpenTelemetry gives them in logs. */
export interface TraceIds {
  readonly trace_id: string;
  readonly span_id: string;
}

/** The ids of a span. */
export function traceIdsOf(span: Span): TraceIds {
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

/** The ids of the span in which this runs; empty outside of any. */
export function currentTraceIds(): TraceIds | Record<string, never> {
  const span = currentSpan.getStore();
  return span === undefined ? {} : traceIdsOf(span);
}
