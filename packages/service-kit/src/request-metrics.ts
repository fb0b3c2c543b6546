import { createBoundedLabel } from './bounded-label.js';
import type { Meter } from './metrics.js';
import { serverErrorOf, type AnsweredRequest, type OnAnswered, type RequestRecord } from './request-log.js';

/** How an operation has ended: `client_error` and `server_error` may have come with data. */
type Outcome = 'success' | 'client_error' | 'server_error' | 'aborted';

const MAX_OPERATIONS = 100;
const MAX_CODES = 50;

/** The name of the client's operation. */
export function operationName({ operationName: name = '(anonymous)' }: RequestRecord): string {
  return name;
}

/** The root field of an operation: where a gateway asks, names are made up. */
export function rootField({ fields = [] }: RequestRecord): string {
  return fields.length === 1 ? String(fields[0]) : '(several)';
}

/** @param labelOf - What an operation is called that has been executed; the first 100 different ones are kept. */
export function createRequestMetrics(meter: Meter, labelOf: (record: RequestRecord) => string): OnAnswered {
  const bounded = createBoundedLabel(MAX_OPERATIONS);
  const boundedCode = createBoundedLabel(MAX_CODES);
  const countRequest = meter.counter({
    name: 'identity_http_requests_total',
    help: 'HTTP requests by route and status; 0 when the client was gone before its answer.',
    labels: ['route', 'status'],
  });
  const countOperation = meter.counter({
    name: 'identity_operations_total',
    help: 'GraphQL operations by name, kind and how they have ended.',
    labels: ['operation', 'type', 'outcome'],
  });
  const observeDuration = meter.histogram({
    name: 'identity_operation_duration_seconds',
    help: 'From the first byte of an operation to the last one of its answer.',
    labels: ['type', 'outcome'],
  });
  const countCode = meter.counter({
    name: 'identity_operation_errors_total',
    help: 'Operations that have failed with a code, as a GraphQL error or in userErrors.',
    labels: ['code'],
  });

  function countOperationOf(answered: AnsweredRequest): void {
    const { record, status, seconds } = answered;
    const outcome = outcomeOf(answered);
    // What is refused before it is executed must not use up the names.
    const operation = status >= 400 && status < 500 ? '(refused)' : bounded(labelOf(record));
    const type = record.operation ?? '(unknown)';
    countOperation({ operation, type, outcome });
    observeDuration({ type, outcome }, seconds);
    for (const code of record.codes) countCode({ code: boundedCode(code) });
  }

  return (answered) => {
    const { route, status, record } = answered;
    countRequest({ route, status: String(status) });
    if (record.operation !== undefined || record.codes.size > 0) countOperationOf(answered);
  };
}

function outcomeOf({ status, record: { codes } }: AnsweredRequest): Outcome {
  if (status === 0) return 'aborted';
  if (serverErrorOf(codes) !== undefined) return 'server_error';
  return codes.size > 0 ? 'client_error' : 'success';
}
