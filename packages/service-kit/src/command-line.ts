import { parseArgs } from 'node:util';
import { ConfigurationError } from './environment.js';

/**
 * Loads the files given as `--env-file=…` into the environment, so that the flag works behind `npm run` as it does
 * for `node` itself. Variables that are already set win.
 *
 * @param argv - The arguments after the script's name.
 * @throws {@link ConfigurationError} when an argument is unknown or a file cannot be read.
 */
export function loadEnvironmentFiles(argv: readonly string[]): void {
  const files = environmentFiles(argv);
  for (const file of files) {
    try {
      process.loadEnvFile(file);
    } catch {
      throw new ConfigurationError([`--env-file: cannot read ${file}`]);
    }
  }
}

function environmentFiles(argv: readonly string[]): readonly string[] {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { 'env-file': { type: 'string', multiple: true } },
      strict: true,
    });
    return values['env-file'] ?? [];
  } catch (error) {
    throw new ConfigurationError([error instanceof Error ? error.message : String(error)]);
  }
}
