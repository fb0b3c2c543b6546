import { trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { TraceSettings } from './trace-settings.js';

/**
 * Creates what decides which traces are recorded; within a service always as for the request.
 *
 * @param trustCallers - Otherwise neither a caller's decision nor the trace id that it has chosen counts.
 */
export function createTraceSampler(
  { root, share, asCaller }: TraceSettings['sampler'],
  trustCallers: boolean,
): Sampler {
  const decide = rootSampler(root, share);
  if (asCaller && trustCallers) return new ParentBasedSampler({ root: decide });
  const forCallers = trustCallers ? decide : undecided(decide);
  return new ParentBasedSampler({
    root: decide,
    remoteParentSampled: forCallers,
    remoteParentNotSampled: forCallers,
  });
}

function rootSampler(root: TraceSettings['sampler']['root'], share: number): Sampler {
  switch (root) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(share);
  }
}

/** The share is taken by the trace id, and whoever chose that could have all of their requests recorded. */
function undecided(sampler: Sampler): Sampler {
  const ids = new RandomIdGenerator();
  return {
    shouldSample: (context, _traceId, ...rest) =>
      sampler.shouldSample(trace.deleteSpan(context), ids.generateTraceId(), ...rest),
    toString: () => `undecided ${sampler.toString()}`,
  };
}
