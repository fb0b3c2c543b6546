import { z } from 'zod';
import { flag, integer, url } from './environment.js';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** `name=value,name=value`, percent-encoded. */
const pairs = z.string().transform((value, context): Readonly<Record<string, string>> => {
  try {
    const entries = value.split(',').map((pair) => {
      const [, name = '', text = ''] = /^([^=]+)=(.*)$/.exec(pair.trim()) ?? [];
      if (name.trim() === '') throw new URIError();
      return [decodeURIComponent(name.trim()), decodeURIComponent(text.trim())] as const;
    });
    return Object.fromEntries(entries);
  } catch {
    context.addIssue('must list name=value,name=value, percent-encoded');
    return z.NEVER;
  }
});

const share = z
  .string()
  .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, { error: 'must be a number from 0 to 1' })
  .transform(Number);

/** What every service reads of traces: OpenTelemetry's own variables, as far as it takes them. */
export const traceVariables = {
  OTEL_SDK_DISABLED: flag.default(false),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'console', 'none'], { error: 'must be otlp, console or none' }).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http', 'https']).optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(['http', 'https']).optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(['http/json'], { error: 'must be http/json' }).default('http/json'),
  // Taken so that nobody sets it in vain.
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.enum(['http/json'], { error: 'must be http/json' }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs.default({}),
  OTEL_EXPORTER_OTLP_TIMEOUT: integer({ min: 1, max: 60_000 }).default(10_000),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.default({}),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, { error: `must be one of ${samplers.join(', ')}` })
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: share.default(1),
  OTEL_BSP_SCHEDULE_DELAY: integer({ min: 1, max: 60_000 }).default(5_000),
};

/** Where traces go, and which. */
export interface TraceSettings {
  readonly exporter: 'console' | OtlpSettings;
  /** What every span says of the service. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: {
    /** Which traces that begin here are recorded. */
    readonly root: 'always_on' | 'always_off' | 'traceidratio';
    /** The share of traces that `traceidratio` records, 0 to 1. */
    readonly share: number;
    /** Whether a trusted caller has decided it before. */
    readonly asCaller: boolean;
  };
  /** How long spans are gathered before they are sent, in milliseconds. */
  readonly delayMs: number;
}

/** How to reach a collector. */
export interface OtlpSettings {
  readonly url: string;
  /** May hold a credential. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

type TraceValues = z.output<z.ZodObject<typeof traceVariables>>;

const DEFAULT_ENDPOINT = 'http://localhost:4318';

/** Takes the settings from the variables; null when there is nowhere to send traces to. */
export function traceSettings(values: TraceValues, service: string): TraceSettings | null {
  const exporter = exporterOf(values);
  if (exporter === null || values.OTEL_SDK_DISABLED) return null;
  const sampler = values.OTEL_TRACES_SAMPLER;
  return {
    exporter,
    resource: {
      'service.name': `identity-${service}`,
      ...values.OTEL_RESOURCE_ATTRIBUTES,
      ...(values.OTEL_SERVICE_NAME === undefined ? {} : { 'service.name': values.OTEL_SERVICE_NAME }),
    },
    sampler: {
      root: rootSampler(sampler),
      share: values.OTEL_TRACES_SAMPLER_ARG,
      asCaller: sampler.startsWith('parentbased_'),
    },
    delayMs: values.OTEL_BSP_SCHEDULE_DELAY,
  };
}

function exporterOf(values: TraceValues): TraceSettings['exporter'] | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ofTraces } = values;
  const anywhere = endpoint !== undefined || ofTraces !== undefined;
  const exporter = values.OTEL_TRACES_EXPORTER ?? (anywhere ? 'otlp' : 'none');
  if (exporter === 'none') return null;
  if (exporter === 'console') return 'console';
  return {
    url: ofTraces ?? `${(endpoint ?? DEFAULT_ENDPOINT).replace(/\/$/, '')}/v1/traces`,
    headers: values.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMs: values.OTEL_EXPORTER_OTLP_TIMEOUT,
  };
}

function rootSampler(name: (typeof samplers)[number]): TraceSettings['sampler']['root'] {
  if (name.endsWith('always_off')) return 'always_off';
  return name.endsWith('traceidratio') ? 'traceidratio' : 'always_on';
}
