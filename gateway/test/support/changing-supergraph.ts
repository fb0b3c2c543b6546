import { createHash } from 'node:crypto';
import { eventually } from '../../../tests/harness/eventually.js';
import { compose, type ComposedSubgraph, type TestAnswer, type TestGateway } from './gateway.js';
import { startSubgraph, type SubgraphServer } from './subgraph-server.js';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@cost", "@key", "@requiresScopes"])';

const SDL = {
  greeter: 'type Query { hello: String secret: String }',
  people: 'type Person @key(fields: "id") { id: ID! name: String } type Query { me: Person }',
  points: 'type Person @key(fields: "id") { id: ID! points: Int }',
};

/** Who send at the same time. */
const CLIENTS = 8;

type Name = keyof typeof SDL;

/** How a subgraph differs from what it is at first; null when it is missing. */
export type Change = { readonly url?: string; readonly sdl?: string } | null;

/** Subgraphs from which supergraphs are composed. Everybody is Ada, with 7 points. */
export interface ChangingSupergraph {
  readonly servers: Readonly<Record<Name | 'movedPoints', SubgraphServer>>;
  parts(changes?: Partial<Record<Name, Change>>): ComposedSubgraph[];
  composed(changes?: Partial<Record<Name, Change>>): string;
  stop(): Promise<void>;
}

export async function startChangingSupergraph(): Promise<ChangingSupergraph> {
  const ada = { id: '1', name: 'Ada', points: 7 };
  const resolvers = {
    Query: { hello: () => 'hello', secret: () => 'secret' },
    Person: { __resolveReference: () => ada },
  };
  const servers = {
    greeter: await startSubgraph(SDL.greeter, { Query: resolvers.Query }),
    people: await startSubgraph(`${LINK} ${SDL.people}`, { Person: resolvers.Person, Query: { me: () => ada } }),
    points: await startSubgraph(`${LINK} ${SDL.points}`, { Person: resolvers.Person }),
    movedPoints: await startSubgraph(`${LINK} ${SDL.points}`, { Person: resolvers.Person }),
  };

  function parts(changes: Partial<Record<Name, Change>> = {}): ComposedSubgraph[] {
    return (['greeter', 'people', 'points'] as const).flatMap((name) => {
      const change = changes[name] === undefined ? {} : changes[name];
      if (change === null) return [];
      return [{ name, url: change.url ?? servers[name].url, sdl: `${LINK} ${change.sdl ?? SDL[name]}` }];
    });
  }

  return {
    servers,
    parts,
    composed: (changes) => compose(parts(changes)),
    async stop() {
      for (const server of Object.values(servers)) await server.stop();
    },
  };
}

/** What a gateway answers when it is asked whether it is ready. */
export async function readinessOf({ url }: TestGateway): Promise<unknown> {
  return (await fetch(`${url}/health/ready`)).json();
}

/** What a gateway calls a supergraph. */
export function digestOf(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex').slice(0, 12);
}

/** Waits until a gateway says that a supergraph is live. */
export async function untilLive(gateway: TestGateway, sdl: string): Promise<void> {
  await eventually('the supergraph is live', async () =>
    JSON.stringify(await readinessOf(gateway)).includes(digestOf(sdl)),
  );
}

/** Sends an operation again and again, as many clients do, until the work is done; returns what each got. */
export async function underLoad(
  gateway: TestGateway,
  query: string,
  work: () => Promise<void>,
): Promise<readonly (Pick<TestAnswer, 'status' | 'body'> | { readonly failure: string })[]> {
  const answers: (Pick<TestAnswer, 'status' | 'body'> | { readonly failure: string })[] = [];
  let done = false;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!done) {
      try {
        const { status, body } = await gateway.send({ query });
        answers.push({ status, body });
      } catch (error) {
        answers.push({ failure: String(error) });
      }
    }
  });
  await work().finally(() => (done = true));
  await Promise.all(clients);
  return answers;
}
