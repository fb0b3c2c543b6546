import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, sendGraphql, summaryOf } from './harness/graphql.js';
import { registerAdmin, registerSomebody, type Person } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

describe('how many entities a call may ask for', () => {
  let stack: TestStack;
  let admin: Person;

  beforeAll(async () => {
    stack = await startStack({ environment: { MAX_ENTITIES_PER_CALL: '2' } });
    admin = await registerAdmin(stack);
    for (let count = 0; count < 4; count += 1) await registerSomebody(stack.client);
  });

  afterAll(async () => {
    await stack.close();
  });

  it.each(['auth', 'users'] as const)('is set at %s, which refuses more', async (subgraph) => {
    const entities = async (count: number) => {
      const { errors } = await sendGraphql(stack.services[subgraph].url, {
        query: 'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }',
        variables: { representations: Array.from({ length: count }, () => ({ __typename: 'User', id: admin.id })) },
        headers: { ...bearer(admin.accessToken), 'router-authorization': stack.services.routerSecret },
      });
      return summaryOf(errors);
    };
    expect(await entities(2)).toEqual([]);
    expect(await entities(3)).toEqual(['_entities BAD_USER_INPUT representations']);
  });

  it('is set at the gateway, whose clients do not notice', async () => {
    const { data, errors } = await sendGraphql(stack.services.gateway.url, {
      query: '{ users(first: 5) { nodes { profile { bio } } } }',
      headers: bearer(admin.accessToken),
    });
    expect(errors).toEqual([]);
    expect(data).toEqual({ users: { nodes: Array.from({ length: 5 }, () => ({ profile: { bio: '' } })) } });
  });
});
