import { createClient } from '@identity/client/client';
import type { Fetch } from '@identity/client/transport';
import { createPlainFetch } from '../torture/plain-fetch.js';
import { startWorld, type World } from '../torture/worlds.js';
import { bearer, sendGraphql, summaryOf } from './graphql.js';
import { startMisbehavingSubgraph, type MisbehavingSubgraph } from './misbehaving-subgraph.js';
import { registerSomebody, type Person } from './people.js';

/** Processes with the deadlines that they have by default; Users is a program that does not do what a subgraph has to. */
export interface MisbehavingScene {
  readonly world: World;
  readonly users: MisbehavingSubgraph;
  readonly ada: Person;
  /** Shares no connections with anything else in the process of the test. */
  readonly fetchByItself: Fetch;
  /** Asks as ada; tells, too, how long that took, in milliseconds. */
  ask(query: string): Promise<ScenesAnswer>;
  close(): Promise<void>;
}

interface ScenesAnswer {
  readonly status: number;
  readonly data: unknown;
  /** As `summaryOf` has them. */
  readonly errors: readonly string[];
  readonly took: number;
}

/** Starts the processes, Users silent, and registers somebody. */
export async function setMisbehavingScene(): Promise<MisbehavingScene> {
  const fetchByItself = createPlainFetch();
  const users = await startMisbehavingSubgraph();
  const world = await startWorld({ environment: { SUBGRAPH_URL_USERS: users.url } });
  const ada = await registerSomebody(createClient({ url: `${world.gatewayUrl}/graphql` }));
  return {
    world,
    users,
    ada,
    fetchByItself,
    async ask(query) {
      const startedAt = performance.now();
      const request = { query, headers: bearer(ada.accessToken) };
      const { status, data, errors } = await sendGraphql(world.gatewayUrl, request, fetchByItself);
      return { status, data, errors: summaryOf(errors), took: performance.now() - startedAt };
    },
    async close() {
      await world.close();
      users.close();
    },
  };
}
