import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** The requests that have arrived and not been answered. */
export interface RequestsUnderWay {
  /** Counts a request until its answer has been sent or its client is gone. */
  count(response: ServerResponse): void;
  /** How many they are. */
  underWay(): number;
  /** What they will be answered with, in the order in which they have arrived. */
  readonly responses: ReadonlySet<ServerResponse>;
  /** Resolves when all requests that have arrived until now have been answered, or their clients are gone. */
  untilAnswered(): Promise<void>;
}

/** Creates the count of the requests under way. */
export function createRequestsUnderWay(): RequestsUnderWay {
  const open = new Set<ServerResponse>();

  return {
    count(response) {
      if (response.destroyed || open.has(response)) return;
      open.add(response);
      response.on('close', () => open.delete(response));
    },
    underWay: () => open.size,
    responses: open,
    async untilAnswered() {
      await Promise.all([...open].map((response) => once(response, 'close')));
    },
  };
}
