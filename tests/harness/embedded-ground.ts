import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../../scripts/embedded.js';
import { compilePlans } from './compile-plans.js';
import { secretsIn } from './secret-files.js';
import { TEST_ENVIRONMENT, tokensOfProcess, type Ground } from './services.js';

/** A data folder of its own. */
export async function createEmbeddedGround(): Promise<Ground> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'identity-embedded-'));
  const keysFolder = join(dataFolder, 'keys');
  return {
    redis: null,
    keysFolder,
    secrets: () => secretsIn(keysFolder),
    databaseUrls: {
      auth: `sqlite:${join(dataFolder, 'auth.sqlite')}`,
      users: `sqlite:${join(dataFolder, 'users.sqlite')}`,
    },
    start: ({ logger, clock, statements, environment, createVerifiedTokens }) =>
      startEmbedded(
        { dataFolder, environment: { ...TEST_ENVIRONMENT, COMPILE_PLANS: compilePlans(), ...environment } },
        { logger, clock: clock.now, onStatement: statements.record, ...tokensOfProcess(createVerifiedTokens) },
      ),
    remove: () => rm(dataFolder, { recursive: true, force: true }),
  };
}
