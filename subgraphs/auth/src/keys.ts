import { CommandError, readCommandLine } from '@identity/service-kit/command-line';
import { systemClock } from '@identity/service-kit/clock';
import { failBoot } from '@identity/service-kit/lifecycle';
import { loadKeysConfig } from './config.js';
import { createKeyChanges } from './signing-keys/key-changes.js';
import { unsafeKeyFolderOfService } from './signing-keys/key-folder-safety.js';
import { announcementReport, keyTable, retirementReport, rotationReport } from './signing-keys/key-reports.js';
import { isSigningAlgorithm, SIGNING_ALGORITHMS } from './signing-keys/private-key.js';

const USAGE = `Changes the keys that sign access tokens:

  list                  shows all keys
  generate [--force]    makes the next key and announces it; --algorithm=${SIGNING_ALGORITHMS.join('|')}
  rotate [--force]      lets the announced key sign; the former one only verifies
  retire [--force]      removes the keys that only verify

Without --force nothing is done that could lose a token. The keys are in KEYS_DIR, or else where \`npm start\` keeps
them; --env-file=<file> sets such variables.`;

try {
  const { positionals, values } = readCommandLine(process.argv.slice(2), {
    algorithm: { type: 'string', default: 'ES256' },
    force: { type: 'boolean', default: false },
  });
  const { keysFolder } = loadKeysConfig();
  process.stdout.write(`${await run(positionals, keysFolder, values)}\n`);
  for (const problem of unsafeKeyFolderOfService(keysFolder)) process.stderr.write(`warning: ${problem}\n`);
} catch (error) {
  failBoot(error);
}

async function run(
  [command, ...more]: readonly string[],
  folder: string,
  { algorithm, force }: { readonly algorithm: string; readonly force: boolean },
): Promise<string> {
  if (more.length > 0 || !isSigningAlgorithm(algorithm)) throw new CommandError(USAGE);
  const changes = createKeyChanges(folder, systemClock);
  switch (command) {
    case 'list':
      return keyTable(await changes.list());
    case 'generate':
      return announcementReport(await changes.generate({ algorithm, force }));
    case 'rotate':
      return rotationReport(await changes.rotate({ force }));
    case 'retire':
      return retirementReport(await changes.retire({ force }));
    default:
      throw new CommandError(USAGE);
  }
}
