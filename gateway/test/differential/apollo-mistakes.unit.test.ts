import { isRecord } from '@identity/service-kit/json';
import { describe, expect, it } from '@jest/globals';
import { compose } from '../support/gateway.js';
import { loadBothExecutors } from './both-executors.js';
import type { Mood } from './fake-data.js';
import { MEDIA, type TestSubgraph } from './supergraphs.js';

/**
 * What the comparison at random leaves out, because Apollo's executor answers it wrongly. Should one of these fail after
 * an update of `@apollo/gateway`, the comparison has to leave it out no longer.
 */
describe('an answer from a compiled plan where Apollo is mistaken', () => {
  const mood: Mood = { seed: '0', nulls: 0, errors: 0, violations: 0, failures: 0, falsy: false };

  async function answersOf(subgraphs: readonly TestSubgraph[], query: string, howAnswered: Mood = mood) {
    const supergraphSdl = compose(subgraphs.map((subgraph) => ({ ...subgraph, url: 'http://subgraph.example' })));
    const { compare } = await loadBothExecutors(supergraphSdl, subgraphs);
    const result = await compare({ query, variables: {} }, () => howAnswered);
    if (result?.compiledAgain == null) throw new Error('the operation has not been compiled');
    return { apollo: result.apollo.data, compiled: result.compiledAgain.data };
  }

  it('has what is selected on a type inside of an interface', async () => {
    const answers = await answersOf(MEDIA, '{ author { ... on Node { ... on Author { name } } } }');
    expect(answers.apollo).toEqual({ author: {} });
    expect(answers.compiled).toEqual({ author: { name: expect.any(String) } });
  });

  it('has what is false in a field that one subgraph knows by different types', async () => {
    const subgraphs = [
      {
        name: 'a',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@shareable"])
          type Query { all: [Any!]! } union Any = A | B type A { x: Boolean } type B @shareable { x: Boolean! }`,
      },
      {
        name: 'b',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@shareable"])
          type Query { other: B } type B @shareable { x: Boolean }`,
      },
    ];
    const { apollo, compiled } = await answersOf(subgraphs, '{ all { __typename ... on A { x } ... on B { x } } }', {
      ...mood,
      falsy: true,
    });
    expect(compiled).toEqual({ all: [{ __typename: 'B', x: false }] });
    expect(apollo).toEqual({ all: [{ __typename: 'B', x: null }] });
  });

  it('has its members in the order of the operation', async () => {
    const { apollo, compiled } = await answersOf(
      MEDIA,
      '{ media { ... on Media { id } title ... on Media { length } __typename } }',
    );
    expect(keysOfMedia(apollo)).toEqual(['id', 'length', 'title', '__typename']);
    expect(keysOfMedia(compiled)).toEqual(['id', 'title', 'length', '__typename']);
  });
});

function keysOfMedia(data: unknown): readonly string[] {
  const media = isRecord(data) ? data['media'] : null;
  return isRecord(media) ? Object.keys(media) : [];
}
