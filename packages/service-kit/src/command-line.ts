import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigurationError } from './environment.js';

type Options = NonNullable<ParseArgsConfig['options']>;

const ENVIRONMENT_FILES = { 'env-file': { type: 'string', multiple: true } } as const;

/** What stands on a command line: words, and options by name. */
export type CommandLine<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T & typeof ENVIRONMENT_FILES; allowPositionals: true; strict: true }>
>;

/** A command that is not carried out; the message says why, to whoever has typed it. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}

/**
 * Loads the files given as `--env-file=…` into the environment, so that the flag works behind `npm run` as it does
 * for `node` itself. Variables that are already set win.
 *
 * @param argv - The arguments after the script's name.
 * @throws {@link ConfigurationError} when an argument is unknown or a file cannot be read.
 */
export function loadEnvironmentFiles(argv: readonly string[]): void {
  const [word] = readCommandLine(argv, {}).positionals;
  if (word !== undefined) throw new ConfigurationError([`unexpected argument: ${word}`]);
}

/**
 * Reads the words and options of a command, and loads its `--env-file=…` as {@link loadEnvironmentFiles} does.
 *
 * @param argv - The arguments after the script's name.
 * @throws {@link ConfigurationError} when an option is unknown or a file cannot be read.
 */
export function readCommandLine<T extends Options>(argv: readonly string[], options: T): CommandLine<T> {
  const commandLine = parse(argv, options);
  for (const file of environmentFilesOf(commandLine)) {
    try {
      process.loadEnvFile(file);
    } catch {
      throw new ConfigurationError([`--env-file: cannot read ${file}`]);
    }
  }
  return commandLine;
}

function parse<T extends Options>(argv: readonly string[], options: T): CommandLine<T> {
  try {
    return parseArgs({
      args: [...argv],
      options: { ...options, ...ENVIRONMENT_FILES },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new ConfigurationError([error instanceof Error ? error.message : String(error)]);
  }
}

function environmentFilesOf({ values }: { readonly values: object }): readonly string[] {
  const files: unknown = Reflect.get(values, 'env-file');
  return Array.isArray(files) ? files.filter((file) => typeof file === 'string') : [];
}
