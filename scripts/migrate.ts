import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Each subgraph migrates its own database, by itself: this only hands the arguments on to one after the other. */
const MIGRATIONS = ['../subgraphs/auth/src/migrate.ts', '../subgraphs/users/src/migrate.ts'];

const failed = MIGRATIONS.some((script) => {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status } = spawnSync(process.execPath, [...process.execArgv, path, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  return status !== 0;
});
process.exitCode = failed ? 1 : 0;
