import type { Logger } from './logger.js';
import type { TraceSettings } from './trace-settings.js';
import type { Tracing } from './tracing.js';

/** What tracing is made from. */
export interface TracingOptions {
  /** Null for no traces. */
  readonly settings: TraceSettings | null;
  /** Whether those who call this service are other services of ours, and may decide what is recorded. */
  readonly trustCallers: boolean;
  readonly logger: Logger;
}

/** Prepares traces; null without settings. What makes them is loaded here and not before: without traces it costs nothing. */
export async function openTracing({ settings, ...options }: TracingOptions): Promise<Tracing | null> {
  if (settings === null) return null;
  const { createTracing } = await import('./open-telemetry.js');
  return createTracing(settings, options);
}
