import { stackName } from './stack-name.js';
import type { TestStack } from './stack.js';

/** Lets time pass since refresh tokens were used: that is measured by the database's clock, which no test moves. */
export async function passSinceRefreshes({ sql }: Pick<TestStack, 'sql'>, milliseconds: number): Promise<void> {
  const earlier =
    stackName() === 'embedded'
      ? "strftime('%Y-%m-%d %H:%M:%f +00:00', rotated_at, ?)"
      : 'rotated_at - INTERVAL ? MICROSECOND';
  const time = stackName() === 'embedded' ? `-${milliseconds / 1_000} seconds` : `${milliseconds * 1_000}`;
  await sql('auth', `UPDATE refresh_tokens SET rotated_at = ${earlier} WHERE rotated_at IS NOT NULL`, [time]);
}
