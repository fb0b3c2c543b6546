import { createClient } from '@identity/client/client';
import { runCommand } from '../../tests/harness/command.js';

/** Somebody who has logged in. */
export interface LoggedIn {
  readonly id: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/**
 * Fills databases up to a number of people by `npm run seed`.
 *
 * @param environment - Names the databases, or the data folder of the embedded stack.
 * @returns the password of those that are new.
 * @throws Error with what it wrote, when it fails or has nobody to invent.
 */
export async function seedPeople(users: number, environment: Readonly<Record<string, string>>): Promise<string> {
  const command = runCommand({ script: 'scripts/seed.ts', args: ['--users', String(users)], environment });
  await command.exit();
  const password = /password (\S+)/.exec(command.output())?.[1];
  if (password === undefined) throw new Error(`seeding has failed: ${command.output()}`);
  return password;
}

/** The username of a seeded person. */
export const seededUsername = (number: number): string => `seeded-${String(number).padStart(8, '0')}`;

/** @throws Error with the answer, when it is no success. */
export async function logIn(url: string, identifier: string, password: string): Promise<LoggedIn> {
  const { data, errors } = await createClient({ url }).login({ input: { identifier, password } });
  const { user, tokens } = data?.login ?? {};
  if (user == null || tokens == null) throw new Error(`a login has failed: ${JSON.stringify({ data, errors })}`);
  return { id: user.id, accessToken: tokens.accessToken, refreshToken: tokens.refreshToken };
}
