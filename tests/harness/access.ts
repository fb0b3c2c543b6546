import { summaryOf } from './graphql.js';
import type { Person } from './people.js';

/** Why a person is refused, by every way an access token is checked on: empty while they have access. */
export async function refusalsOf({ client, id }: Pick<Person, 'client' | 'id'>): Promise<readonly string[]> {
  const answers = await Promise.all([client.me(), client.node({ id }), client.updateProfile({ input: {} })]);
  return answers.flatMap(({ errors }) => summaryOf(errors));
}

/** What `refusalsOf` tells when the same reason holds everywhere. */
export function refusedEverywhere(
  reason: 'TOKEN_MISSING' | 'TOKEN_INVALID' | 'TOKEN_EXPIRED' | 'TOKEN_REVOKED',
): readonly string[] {
  return ['me', 'node', 'updateProfile'].map((field) => `${field} UNAUTHENTICATED ${reason}`);
}
