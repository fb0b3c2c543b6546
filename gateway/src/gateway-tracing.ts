import type { Span, Tracing } from '@identity/service-kit/tracing';
import type { Executor } from './execution/apollo-types.js';
import type { SubgraphTransport } from './guarded-transport.js';
import type { Subgraph } from './supergraph.js';

/** The spans of the gateway's own work. */
export interface GatewayTracing {
  /** Makes spans of the calls of a transport, and has the subgraph go on with the trace. */
  traced(subgraph: Subgraph, transport: SubgraphTransport): SubgraphTransport;
  /** Makes spans of executions. */
  execution(execute: Executor): Executor;
  /** Makes spans of what Apollo does before it executes: it plans. */
  planning(execute: Executor): Executor;
  /** To be told when there is a plan for a request. */
  planResolved(request: object): void;
}

/** Without traces. */
export const untraced: GatewayTracing = {
  traced: (_subgraph, transport) => transport,
  execution: (execute) => execute,
  planning: (execute) => execute,
  planResolved: () => undefined,
};

/** Creates the spans of the gateway. */
export function createGatewayTracing(tracing: Tracing): GatewayTracing {
  const plannings = new WeakMap<object, Span>();

  function endPlanning(request: object): void {
    plannings.get(request)?.end();
    plannings.delete(request);
  }

  return {
    traced({ name, url }, transport) {
      const { protocol, hostname, port, origin, pathname } = new URL(url);
      const options = {
        name: `POST ${name}`,
        kind: 'client',
        attributes: {
          'identity.subgraph': name,
          'http.request.method': 'POST',
          'server.address': hostname,
          'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
          'url.full': origin + pathname,
        },
      } as const;
      return {
        ...transport,
        post: (body, headers, ...rest) =>
          tracing.within(options, async (span) => {
            const traceparent = tracing.traceparent();
            const allHeaders = traceparent === null ? headers : { ...headers, traceparent };
            const answer = await transport.post(body, allHeaders, ...rest);
            span.set({ 'http.response.status_code': answer.status });
            return answer;
          }),
      };
    },
    execution: (execute) => (request) =>
      tracing.within({ name: 'graphql.execute', kind: 'internal' }, () => execute(request)),
    planning: (execute) => async (request) => {
      plannings.set(request, tracing.begin({ name: 'graphql.plan', kind: 'internal' }));
      try {
        return await execute(request);
      } finally {
        // Where there was no plan.
        endPlanning(request);
      }
    },
    planResolved: endPlanning,
  };
}
