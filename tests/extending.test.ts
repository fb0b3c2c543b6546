import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNotesApp, type NotesApp } from '@identity/example-notes/app';
import { createLogger } from '@identity/service-kit/logger';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeSupergraph } from '../scripts/compose-supergraph.js';
import { freePort } from './harness/free-port.js';
import { bearer, sendGraphql } from './harness/graphql.js';
import { registerSomebody } from './harness/people.js';
import { startStack, type TestStack } from './harness/stack.js';

const SUBGRAPHS = { auth: 'subgraphs/auth', users: 'subgraphs/users', notes: 'examples/notes' };

async function composeWithNotes(file: string): Promise<void> {
  const sources = await Promise.all(
    Object.entries(SUBGRAPHS).map(async ([name, folder]) => {
      const schemaFile = `${folder}/schema.graphql`;
      const sdl = await readFile(new URL(`../${schemaFile}`, import.meta.url), 'utf8');
      return { name, routingUrl: 'http://localhost/graphql', schemaFile, sdl };
    }),
  );
  await writeFile(file, composeSupergraph(sources).supergraphSdl);
}

describe('a subgraph of your own that hangs on User', () => {
  let folder: string;
  let stack: TestStack;
  let notes: NotesApp;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'identity-notes-'));
    const supergraph = join(folder, 'supergraph.graphql');
    await composeWithNotes(supergraph);
    const port = await freePort();
    const environment = { SUPERGRAPH_PATH: supergraph, SUBGRAPH_URL_NOTES: `http://127.0.0.1:${String(port)}/graphql` };
    stack = await startStack({ environment });
    notes = createNotesApp(
      {
        logLevel: 'silent',
        port,
        authUrl: stack.services.auth.url,
        issuer: 'http://localhost:4000',
        audience: 'identity-supergraph',
        routerSecrets: [stack.services.routerSecret],
      },
      { logger: createLogger({ service: 'notes', level: 'silent' }), clock: stack.clock.now },
    );
    await notes.start();
  });

  afterAll(async () => {
    await notes.close();
    await stack.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('adds its fields to User beside those of the other subgraphs', async () => {
    const ada = await registerSomebody(stack.client);
    const added = await sendGraphql(stack.services.gateway.url, {
      query: 'mutation { addNote(text: "water the ferns") { username notes { text } profile { bio } } }',
      headers: bearer(ada.accessToken),
    });
    expect(added.errors).toEqual([]);
    expect(added.data).toEqual({
      addNote: { username: ada.username, notes: [{ text: 'water the ferns' }], profile: { bio: '' } },
    });
  });

  it('keeps them from others, by the same rules', async () => {
    const [ada, eve] = [await registerSomebody(stack.client), await registerSomebody(stack.client)];
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: 'query ($id: ID!) { user(id: $id) { username notes { text } } }',
      variables: { id: ada.id },
      headers: bearer(eve.accessToken),
    });
    expect(answer.data).toEqual({ user: { username: ada.username, notes: null } });
    expect(answer.errors.map(({ path, extensions }) => ({ path, code: extensions['code'] }))).toEqual([
      { path: ['user', 'notes'], code: 'FORBIDDEN' },
    ]);
  });

  it('refuses a revoked token at once', async () => {
    const ada = await registerSomebody(stack.client);
    await ada.client.logout();
    const answer = await sendGraphql(stack.services.gateway.url, {
      query: 'mutation { addNote(text: "late") { id } }',
      headers: bearer(ada.accessToken),
    });
    expect(answer.errors.map(({ extensions }) => extensions['reason'])).toEqual(['TOKEN_REVOKED']);
  });
});
