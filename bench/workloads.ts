import type { Question } from './targets.js';

/** What is asked of a gateway, and what it must make of the answers of the static subgraphs. */
export interface Workload extends Question {
  readonly name: string;
  readonly title: string;
}

const PAGE = 100;
const FILLER = 'Builds bridges by day, reads about them by night; answers letters on Sundays. ';

interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly profile: { readonly bio: string; readonly avatarUrl: string };
}

const people = Array.from({ length: PAGE }, (_, index): Person => {
  const number = String(index).padStart(4, '0');
  return {
    id: `user_01jd3m6p9yfk8v2q4r5s7t${number}`,
    username: `person${number}`,
    email: `person${number}@example.com`,
    profile: {
      bio: FILLER.slice(index % 10),
      avatarUrl: `https://images.example.com/avatars/person${number}.webp`,
    },
  };
});
const [viewer] = people;
if (viewer === undefined) throw new Error('there are people');

/** Who asks: the `sub` of the token. */
export const VIEWER_ID = viewer.id;

const account = ({ id, username, email }: Person) => ({ __typename: 'User', id, username, email });
const entity = ({ id, profile }: Person) => ({
  __typename: 'User',
  id,
  profile: { __typename: 'Profile', ...profile },
});

/** Whole answers of the subgraphs, with more than some planners ask for. */
export const SUBGRAPH_ANSWERS = {
  me: JSON.stringify({ data: { me: account(viewer) } }),
  page: JSON.stringify({
    data: { users: { __typename: 'UserConnection', nodes: people.map(account) } },
  }),
  oneProfile: JSON.stringify({ data: { _entities: [entity(viewer)] } }),
  allProfiles: JSON.stringify({ data: { _entities: people.map(entity) } }),
} as const;

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'w1',
    title: 'W1: one user, joined with a profile',
    query: '{ me { id username email profile { bio avatarUrl } } }',
    data: { me: viewer },
  },
  {
    name: 'w2',
    title: `W2: ${String(PAGE)} users, joined with their profiles`,
    query: `{ users(first: ${String(PAGE)}) { nodes { id username profile { bio avatarUrl } } } }`,
    data: { users: { nodes: people.map(({ id, username, profile }) => ({ id, username, profile })) } },
  },
];
