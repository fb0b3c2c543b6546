/** What one service tells the next of a trace (W3C Trace Context, version 00). */
export interface TraceParent {
  readonly traceId: string;
  /** The caller's span. */
  readonly spanId: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
}

/** Neither id may be all zeros. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Reads a `traceparent` header; null without one, and for one that is malformed. */
export function parseTraceparent(header: string | undefined): TraceParent | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  return { traceId, spanId, sampled: Number.parseInt(flags ?? '', 16) % 2 === 1 };
}

/** Writes a `traceparent` header. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
