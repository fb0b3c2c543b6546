import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CLIENT_MANIFEST_FILE } from '../scripts/client-manifest.js';
import { PROJECT_ROOT, readText } from '../scripts/project-files.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { sendRaw } from './harness/raw-http.js';
import { startStack, type TestStack } from './harness/stack.js';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({
    environment: {
      PERSISTED_OPERATIONS: 'require',
      PERSISTED_OPERATIONS_MANIFEST: join(PROJECT_ROOT, CLIENT_MANIFEST_FILE),
    },
  });
});

afterAll(async () => {
  await stack.close();
});

describe('a gateway that requires the operations of the client', () => {
  it('runs them, in full and by id', async () => {
    const ada = await registerSomebody(stack.client);
    expect((await ada.client.me()).data?.me).toMatchObject({ id: ada.id, profile: { preferences: { locale: 'en' } } });

    const [, id = ''] = /"id": "(\w+)",\s+"name": "Me"/.exec(await readText(CLIENT_MANIFEST_FILE)) ?? [];
    const answer = await sendRaw(stack.services.gateway.url, {
      headers: Object.entries({ 'content-type': 'application/json', ...bearer(ada.accessToken) }),
      body: JSON.stringify({ documentId: `sha256:${id}` }),
    });
    expect(JSON.parse(answer.body)).toMatchObject({ data: { me: { id: ada.id } } });
  });

  it('runs nothing else, for nobody', async () => {
    const { accessToken } = await registerSomebody(stack.client);
    const { status, errors } = await sendGraphql(stack.services.gateway.url, {
      query: '{ me { id } }',
      headers: bearer(accessToken),
    });
    expect(status).toBe(400);
    expect(errors.map(({ extensions }) => extensions['code'])).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });
});
