import { isIP } from 'node:net';
import { z } from 'zod';
import { misplacedKeys } from './misplaced-keys.js';

/** Thrown at boot when the environment cannot be used; its message lists every problem at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  /** One line for each problem, naming the variable and never its value. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The configuration cannot be used:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

/** Rules that span variables. They see the raw values of those that are present, and return one line for each problem. */
export type FurtherProblems = (present: Readonly<Record<string, string | undefined>>) => readonly string[];

/**
 * Reads a set of environment variables.
 *
 * An empty variable counts as absent: compose files pass unset variables as empty strings.
 *
 * @param furtherProblems - Reported together with the rest.
 * @throws {@link ConfigurationError} naming every variable that is missing or wrong.
 */
export function readEnvironment<T extends z.ZodType>(
  schema: T,
  environment: NodeJS.ProcessEnv,
  furtherProblems: FurtherProblems = () => [],
): z.output<T> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(present);
  const problems = [
    ...furtherProblems(present),
    ...(present['NODE_ENV'] === 'production' ? misplacedKeys(present) : []),
  ];
  if (result.success && problems.length === 0) return result.data;
  const issues = result.success ? [] : result.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  throw new ConfigurationError([...issues, ...problems]);
}

/** Reads several configurations and returns what is wrong with any of them, each problem once. */
export function problemsOf(...readers: readonly (() => unknown)[]): readonly string[] {
  const problems = readers.flatMap((read) => {
    try {
      read();
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  });
  return [...new Set(problems)];
}

/** `development`, `test` or `production`; anything else is refused so that a typing error never weakens production. */
export const nodeEnvironment = z.enum(['development', 'test', 'production']).default('development');

/** How much is logged. */
export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info');

/** `true` or `false`. */
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((value) => value === 'true');

/** A TCP port; 0 lets the operating system choose. */
export const port = integer({ min: 0, max: 65_535 });

/** A whole number within bounds, both inclusive. */
export function integer({ min, max }: { min: number; max: number }): z.ZodType<number, string> {
  const error = `must be a whole number from ${String(min)} to ${String(max)}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
}

/** An address to listen on. */
export const host = z.string().refine((value) => isIP(value) !== 0 || /^[A-Za-z0-9.-]+$/.test(value), {
  error: 'must be an IP address or a host name',
});

/** An absolute URL with one of the given schemes, such as `['http', 'https']`. */
export function url(schemes: readonly string[]): z.ZodType<string, string> {
  const error = `must be a URL starting with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)), { error });
}

/** How often something is allowed within how many seconds. */
export interface Allowance {
  readonly attempts: number;
  readonly seconds: number;
}

const DAY_SECONDS = 86_400;

/** How often something is allowed within how many seconds, such as `5/60`; several separated by commas hold together. */
export const allowances = z.string().transform((value, context): readonly Allowance[] => {
  const parts = value.split(',').map((part) => /^(\d{1,7})\/(\d{1,5})$/.exec(part.trim()));
  const parsed = parts.map((part) => ({ attempts: Number(part?.[1]), seconds: Number(part?.[2]) }));
  const inRange = parsed.every(({ attempts, seconds }) => attempts >= 1 && seconds >= 1 && seconds <= DAY_SECONDS);
  if (inRange && new Set(parsed.map(({ seconds }) => seconds)).size === parsed.length) return parsed;
  context.addIssue(
    'must list attempts/seconds such as 5/60,15/900: at least 1 attempt, in 1 to 86400 seconds, none twice',
  );
  return z.NEVER;
});

/** Whether a secret has at least 32 bytes (OWASP ASVS 5, 11.2.3: 128 bits of security with room for weak encodings). */
export function isLongEnough(value: string): boolean {
  return Buffer.byteLength(value) >= 32;
}

/** A secret of at least 32 bytes. */
export const secret = z.string().refine(isLongEnough, { error: 'must have at least 32 bytes' });

/** One or two secrets separated by a comma; the second stays valid while the first is rolled out. */
export const rotatingSecrets = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .pipe(z.array(secret).min(1).max(2, { error: 'must hold at most two secrets' }));
