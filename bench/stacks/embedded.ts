import { lastingPort } from '../../tests/torture/parts.js';
import { answersWell, localUrl, LONG_TOKENS, startPrograms, type Stack } from './stack.js';

/**
 * Starts the program of `npm start`, everything in one process on the SQLite files of a data folder. Of the project only
 * the runner itself comes from its source; the services are those that were built.
 */
export async function startEmbedded(
  dataFolder: string,
  folder: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Stack> {
  const port = await lastingPort();
  const gateway = localUrl(port);
  const started = await startPrograms(
    [
      {
        name: 'everything',
        args: ['--disable-warning=ExperimentalWarning', '--import', import.meta.resolve('tsx')],
        script: 'scripts/start.ts',
        environment: {
          ...LONG_TOKENS,
          NODE_ENV: 'production',
          ALLOW_EMBEDDED_IN_PRODUCTION: 'true',
          HOST: '127.0.0.1',
          DATA_DIR: dataFolder,
          GATEWAY_PORT: String(port),
          AUTH_PORT: '0',
          USERS_PORT: '0',
          ...settings,
        },
        ready: () => answersWell(`${gateway}/health/ready`),
      },
    ],
    folder,
  );
  return { url: `${gateway}/graphql`, ...started };
}
