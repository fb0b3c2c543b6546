import { isRecord } from '@identity/service-kit/json';
import { logIn, type LoggedIn } from '../stacks/seeding.js';
import type { Site } from './site.js';

/** One operation whose cost is compared. */
export interface GrowthOperation {
  readonly name: string;
  /** Gets everything ready for the number of a try, uncounted; returns what is measured. */
  prepare(site: Site, number: number): Promise<() => Promise<void>>;
}

const PAGE = '(first: 100, after: $after) { nodes { id username } pageInfo { hasNextPage } }';

export const GROWTH_OPERATIONS: readonly GrowthOperation[] = [
  ofSomebody('`me` with the profile', '{ me { id username email profile { bio } } }'),
  ofSomebody(
    '`node` with the profile',
    'query ($id: ID!) { node(id: $id) { id ... on User { username profile { bio } } } }',
    ({ id }) => ({ id }),
  ),
  ofAdmin('`users(first: 100)`, first page', () => null),
  ofAdmin('`users(first: 100)`, last page', ({ deepCursor }) => deepCursor),
  ofLogin(),
  ofRefresh(),
];

function ofSomebody(
  name: string,
  query: string,
  variables: (somebody: LoggedIn) => Readonly<Record<string, unknown>> = () => ({}),
): GrowthOperation {
  return {
    name,
    async prepare(site, number) {
      const somebody = await logIn(site.url, site.username(number), site.password);
      return () => send(site.url, query, variables(somebody), somebody);
    },
  };
}

function ofLogin(): GrowthOperation {
  return {
    name: '`login`',
    prepare: async (site, number) => async () => {
      await logIn(site.url, site.username(number), site.password);
    },
  };
}

function ofRefresh(): GrowthOperation {
  const query =
    'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { tokens { accessToken refreshToken } } }';
  return {
    name: '`refreshSession`',
    async prepare(site, number) {
      const { refreshToken } = await logIn(site.url, site.username(number), site.password);
      return () => send(site.url, query, { input: { refreshToken } });
    },
  };
}

function ofAdmin(name: string, after: (site: Site) => string | null): GrowthOperation {
  return {
    name,
    prepare: async (site) => () =>
      send(site.url, `query ($after: String) { users${PAGE} }`, { after: after(site) }, site.admin),
  };
}

/** @throws Error with the answer, when it holds an error or null in the place of what was asked for. */
async function send(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  caller?: LoggedIn,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(caller === undefined ? {} : { authorization: `Bearer ${caller.accessToken}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const answer: unknown = JSON.parse(text);
  const data = isRecord(answer) && !('errors' in answer) && isRecord(answer['data']) ? answer['data'] : {};
  if (!Object.values(data).some((field) => field !== null)) throw new Error(`a wrong answer: ${text.slice(0, 300)}`);
}
