/** A metric, in the terms of Prometheus. */
export interface MetricOptions<TLabel extends string> {
  /** In snake case with the base unit: counters end with `_total`, durations with `_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Each has few values, none of them personal. */
  readonly labels: readonly TLabel[];
}

/** A value for each label. */
export type Labels<TLabel extends string> = Readonly<Record<TLabel, string>>;

/** A measured value. */
export interface Sample<TLabel extends string> {
  readonly labels: Labels<TLabel>;
  readonly value: number;
}

/** Makes metrics. */
export interface Meter {
  /** @returns What adds to it: 1 unless told otherwise. */
  counter<TLabel extends string>(options: MetricOptions<TLabel>): (labels: Labels<TLabel>, by?: number) => void;
  /** @returns What adds a duration to it, in seconds. */
  histogram<TLabel extends string>(options: MetricOptions<TLabel>): (labels: Labels<TLabel>, seconds: number) => void;
  /** @param read - Asked at every scrape. */
  gauge<TLabel extends string>(
    options: MetricOptions<TLabel> & { readonly read: () => readonly Sample<TLabel>[] },
  ): void;
}

/** The metrics of a service. */
export interface Metrics extends Meter {
  /** All of them in the text format of Prometheus. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** From a millisecond to as long as anything here may take, in seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Measures nothing. */
export const unmeasured: Meter = {
  counter: () => () => undefined,
  histogram: () => () => undefined,
  gauge: () => undefined,
};

/**
 * Creates the metrics of a service, with those of its process: CPU, memory, garbage collection, the event loop's lag.
 * Their library is loaded here and not before: without metrics it costs nothing.
 */
export async function createMetrics(service: string): Promise<Metrics> {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  return {
    counter({ name, help, labels }) {
      const counter = new Counter({ name, help, labelNames: labels, registers });
      return (values, by = 1) => {
        counter.inc(values, by);
      };
    },
    histogram({ name, help, labels }) {
      const histogram = new Histogram({ name, help, labelNames: labels, buckets: DURATION_BUCKETS, registers });
      return (values, seconds) => {
        histogram.observe(values, seconds);
      };
    },
    gauge({ name, help, labels, read }) {
      const gauge: InstanceType<typeof Gauge> = new Gauge({
        name,
        help,
        labelNames: labels,
        registers,
        collect() {
          gauge.reset();
          for (const sample of read()) gauge.set(sample.labels, sample.value);
        },
      });
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
