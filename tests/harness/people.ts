import type { Client } from '@identity/client/client';
import type { TestStack } from './stack.js';

/** Somebody who has registered, with a client that acts for them. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly client: Client;
}

let counter = 0;

/** Registers somebody nobody else is. */
export async function registerSomebody(
  client: Client,
  wishes: { readonly username?: string; readonly email?: string; readonly password?: string } = {},
): Promise<Person> {
  counter += 1;
  const username = wishes.username ?? `person-${String(counter)}`;
  const email = wishes.email ?? `somebody${String(counter)}@example.com`;
  const password = wishes.password ?? `quiet-harbour-${String(counter)}-lantern`;
  const { data, errors } = await client.register({ input: { username, email, password } });
  const payload = data?.register;
  if (payload?.user == null || payload.tokens == null)
    throw new Error(`registration failed: ${JSON.stringify({ payload, errors })}`);
  const { accessToken, refreshToken } = payload.tokens;
  return {
    id: payload.user.id,
    username,
    email,
    password,
    accessToken,
    refreshToken,
    client: client.withAccessToken(accessToken),
  };
}

/** Registers somebody and makes them an administrator past the API, which could not have a first one otherwise. */
export async function registerAdmin(stack: Pick<TestStack, 'client' | 'sql'>): Promise<Person> {
  const person = await registerSomebody(stack.client);
  await stack.sql('auth', `INSERT INTO account_roles (account_id, role) VALUES (?, 'ADMIN')`, [person.id]);
  return logInAgain(stack.client, person);
}

/** The same person with a session of its own. */
export async function logInAgain(client: Client, person: Person): Promise<Person> {
  const { data, errors } = await client.login({ input: { identifier: person.username, password: person.password } });
  const tokens = data?.login.tokens;
  if (tokens == null) throw new Error(`login failed: ${JSON.stringify({ data, errors })}`);
  const { accessToken, refreshToken } = tokens;
  return { ...person, accessToken, refreshToken, client: client.withAccessToken(accessToken) };
}
