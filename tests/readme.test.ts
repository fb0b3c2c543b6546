import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type TestStack } from './harness/stack.js';

/** What differs from run to run, and the form it has. */
const VARYING: Readonly<Record<string, RegExp>> = {
  id: /^user_[0-9a-z]{26}$/,
  accessToken: /^eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6/,
  refreshToken: /^[\w-]{43}$/,
};

function withoutVarying(answer: unknown): unknown {
  const text = JSON.stringify(answer, (key, value: unknown) =>
    typeof value === 'string' && VARYING[key]?.test(value) === true ? `<${key}>` : value,
  );
  return JSON.parse(text);
}

describe('the README', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });

  afterAll(async () => {
    await stack.close();
  });

  it('shows a first query with the answer it really gets', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const [, body = '', documented = ''] =
      /curl -s http:\/\/localhost:4000\/graphql [^\n]*--data '(.*?)'\n```\n\n```json\n(.*?)```/s.exec(readme) ?? [];
    const response = await fetch(`${stack.services.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(withoutVarying(await response.json())).toEqual(withoutVarying(JSON.parse(documented)));
  });

  it('shows the schema of the example as it is', async () => {
    const [readme, sdl] = await Promise.all(
      ['../README.md', '../examples/notes/schema.graphql'].map((file) =>
        readFile(new URL(file, import.meta.url), 'utf8'),
      ),
    );
    const [, documented = ''] = /```graphql\n(.*?)```/s.exec(readme ?? '') ?? [];
    const lines = documented.split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.filter((line) => !(sdl ?? '').split('\n').includes(line))).toEqual([]);
  });
});
