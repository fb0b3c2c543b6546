import { types } from 'node:util';
import type { TraceIds } from './current-span.js';

/**
 * What a span says, by OpenTelemetry's semantic conventions where there is one. Nothing that a client has written
 * belongs here: who reads traces need not be who may read personal data.
 */
export type SpanAttributes = Readonly<Record<string, string | number | readonly string[]>>;

/** A piece of work, as a trace shows it. */
export interface Span {
  set(attributes: SpanAttributes): void;
  /** @param failure - The code or kind of what has gone wrong, not its message; left out when nothing has. */
  end(failure?: string): void;
}

/** What a span begins with. */
export interface SpanOptions {
  /** One of a few. */
  readonly name: string;
  /** `client` for a call to something else, whose answer is waited for. */
  readonly kind: 'internal' | 'client';
  readonly attributes?: SpanAttributes;
}

/** Makes the spans of a service. There are some only within a request, and only if its trace is recorded. */
export interface Tracing {
  /**
   * Runs the work on a request in a span that goes on with the caller's trace, or begins one.
   *
   * @param traceparent - What the caller says of its trace; undefined when it says nothing.
   */
  serve(
    traceparent: string | undefined,
    options: Omit<SpanOptions, 'kind'>,
    work: (span: Span, ids: TraceIds) => void,
  ): void;
  /** Begins a span within the current one; it has to be ended. */
  begin(options: SpanOptions): Span;
  /** Runs work in a span within the current one, and ends it, as failed when the work rejects. */
  within<T>(options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** What to tell another service of the current span; null outside of any. */
  traceparent(): string | null;
  /** Sends what has not been sent, within a second. Never rejects; nothing is recorded any more. */
  close(): Promise<void>;
}

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** What a trace says of an error: its code, or else its kind. Messages quote values. */
export function failureOf(error: unknown): string {
  if (!types.isNativeError(error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? error.code : error.name;
}
