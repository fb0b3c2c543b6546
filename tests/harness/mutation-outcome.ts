import { summaryOf } from './graphql.js';

/** What became of a mutation: the codes of its errors of either kind, with where in the input they lie. */
export async function outcomeOf(
  result: Promise<{
    readonly data?: Readonly<Record<string, unknown>> | null;
    readonly errors?: Parameters<typeof summaryOf>[0];
  }>,
): Promise<readonly string[]> {
  const { data, errors } = await result;
  const payload: unknown = Object.values(data ?? {})[0];
  const userErrors: unknown =
    typeof payload === 'object' && payload !== null && 'userErrors' in payload ? payload.userErrors : [];
  if (!Array.isArray(userErrors)) throw new Error('the payload has no userErrors');
  const expected = userErrors.map(({ code, path }: { code: string; path: readonly string[] | null }) =>
    [code, ...(path ?? [])].join(' '),
  );
  return [...expected, ...summaryOf(errors)];
}
