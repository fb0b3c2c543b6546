import { samplesOf } from '@identity/service-kit/connection-metrics';
import type { Meter } from '@identity/service-kit/metrics';
import type { CompiledPlans } from './execution/compiled-plans.js';
import type { SubgraphTransport } from './guarded-transport.js';
import { SHED_REASONS, ShedError } from './shed-error.js';
import { isTimeout } from './subgraph-transport.js';

/** What is measured of the gateway's own work. */
export interface GatewayMetrics {
  /** Measures the calls of a transport. */
  measured(subgraph: string, transport: SubgraphTransport): SubgraphTransport;
  /** Counts a plan that Apollo has made, or remembered: the same object has come before then. */
  planResolved(plan: object): void;
  /** Counts the plans that are found compiled, and shows how many there are, of the supergraph that came last. */
  measuredPlans(plans: CompiledPlans): CompiledPlans;
  /** Shows how many requests are under way. */
  requestsUnderWay(count: () => number): void;
  /** Counts a request that was turned away because too many were under way. */
  requestShed(): void;
  /** Counts a request that was turned away because its network has sent too many. */
  requestRateLimited(): void;
  /** Counts a known query that has been answered without Apollo Server. */
  knownQueryAnswered(): void;
}

/** Creates the metrics of the gateway. */
export function createGatewayMetrics(meter: Meter): GatewayMetrics {
  // A subgraph that moves has two transports for a while; of two samples with the same labels the later one is shown.
  const transports = new Map<SubgraphTransport, string>();
  let livePlans: CompiledPlans | null = null;
  const knownPlans = new WeakSet();
  const observeCall = meter.histogram({
    name: 'identity_gateway_subgraph_call_duration_seconds',
    help: 'From sending a call to a subgraph to the last byte of its answer.',
    labels: ['subgraph', 'outcome'],
  });
  const countShedCall = meter.counter({
    name: 'identity_gateway_subgraph_calls_shed_total',
    help: 'Calls that were not made because the subgraph could not have answered in time.',
    labels: ['subgraph', 'reason'],
  });
  const countShedRequest = meter.counter({
    name: 'identity_gateway_requests_shed_total',
    help: 'Requests turned away because too many were under way.',
    labels: [],
  });
  const countLimitedRequest = meter.counter({
    name: 'identity_gateway_requests_rate_limited_total',
    help: 'Requests turned away because their network has sent too many.',
    labels: [],
  });
  const countKnownQuery = meter.counter({
    name: 'identity_gateway_known_queries_total',
    help: 'Queries that had come before and were answered without Apollo Server.',
    labels: [],
  });
  const countPlan = meter.counter({
    name: 'identity_gateway_query_plans_total',
    help: 'Query plans by whether they were in the cache or had to be made.',
    labels: ['source'],
  });
  meter.gauge({
    name: 'identity_gateway_subgraph_connections',
    help: 'Open connections to a subgraph, and calls that wait for one.',
    labels: ['subgraph', 'state'],
    read: () => [...transports].flatMap(([transport, subgraph]) => samplesOf(transport.usage(), { subgraph })),
  });
  meter.gauge({
    name: 'identity_gateway_subgraph_circuit_open',
    help: '1 while a subgraph is not asked because it has not answered lately, otherwise 0.',
    labels: ['subgraph'],
    read: () =>
      [...transports].map(([transport, subgraph]) => ({
        labels: { subgraph },
        value: transport.isCircuitOpen() ? 1 : 0,
      })),
  });

  meter.gauge({
    name: 'identity_gateway_query_plan_cache_plans',
    help: 'Compiled query plans that are remembered.',
    labels: [],
    read: () => [{ labels: {}, value: livePlans?.usage().plans ?? 0 }],
  });
  meter.gauge({
    name: 'identity_gateway_query_plan_cache_bytes',
    help: 'About how much memory the remembered plans take.',
    labels: [],
    read: () => [{ labels: {}, value: livePlans?.usage().bytes ?? 0 }],
  });

  return {
    measured(subgraph, transport) {
      transports.set(transport, subgraph);
      // Shown from the beginning: a counter that appears with its first count has not grown, for Prometheus.
      for (const reason of SHED_REASONS) countShedCall({ subgraph, reason }, 0);
      return {
        ...transport,
        async post(body, headers, isMutation, deadline, admits) {
          const startedAt = performance.now();
          const observe = (outcome: string) => {
            observeCall({ subgraph, outcome }, (performance.now() - startedAt) / 1_000);
          };
          try {
            const answer = await transport.post(body, headers, isMutation, deadline, admits);
            observe('answered');
            return answer;
          } catch (error) {
            if (error instanceof ShedError) countShedCall({ subgraph, reason: error.reason });
            else observe(isTimeout(error) ? 'timeout' : 'failed');
            throw error;
          }
        },
        close() {
          transports.delete(transport);
          return transport.close();
        },
      };
    },
    planResolved(plan) {
      countPlan({ source: knownPlans.has(plan) ? 'cache' : 'planner' });
      knownPlans.add(plan);
    },
    requestsUnderWay(count) {
      meter.gauge({
        name: 'identity_gateway_requests_under_way',
        help: 'GraphQL requests that have been received and not been answered.',
        labels: [],
        read: () => [{ labels: {}, value: count() }],
      });
    },
    requestShed() {
      countShedRequest({});
    },
    requestRateLimited() {
      countLimitedRequest({});
    },
    knownQueryAnswered() {
      countKnownQuery({});
    },
    measuredPlans(plans) {
      livePlans = plans;
      return {
        ...plans,
        find(request) {
          const plan = plans.find(request);
          if (plan !== null) countPlan({ source: 'cache' });
          return plan;
        },
      };
    },
  };
}
