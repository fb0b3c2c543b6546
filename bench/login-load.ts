import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../scripts/project-files.js';
import { logIn, seededUsername } from './stacks/seeding.js';
import { ask, isRight } from './targets.js';

// What sends logins, and `me` beside them, takes processor time of the same machine, so it does no more than it has to.

/** As the client of this project sends it. */
const LOGIN = [
  'login',
  'account-fields.fragment',
  'public-user-fields.fragment',
  'profile-fields.fragment',
  'auth-tokens-fields.fragment',
  'user-error-fields.fragment',
]
  .map((name) => readFileSync(join(PROJECT_ROOT, 'packages/client/documents', `${name}.graphql`), 'utf8'))
  .join('');

/** @throws Error with the answer, when it brings no token. */
export async function logInLightly(url: string, identifier: string, password: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await ask({ url, headers }, { query: LOGIN, variables: { input: { identifier, password } } });
  if (!answer.includes('"accessToken":"')) throw new Error(`a login has failed: ${answer.slice(0, 300)}`);
}

/** Asks as somebody who has logged in, and looks at the answer. */
export async function meOf(url: string, password: string): Promise<() => Promise<void>> {
  const { id, accessToken } = await logIn(url, seededUsername(1), password);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` };
  const question = { query: '{ me { id } }', data: { me: { id } } };
  return async () => {
    const answer = await ask({ url, headers }, question);
    if (!isRight(answer, question)) throw new Error(`a wrong answer: ${answer.slice(0, 300)}`);
  };
}
