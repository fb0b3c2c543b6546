import { fileURLToPath } from 'node:url';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
// Resolved here: a program may run in a folder from which no package is found.
const TSX = import.meta.resolve('tsx');

/**
 * What Node needs to run a program of this project, from its source. With `SERVICES=built` the services are run as
 * `npm run build` has left them, which takes half as long to start and is for whoever has just built them.
 *
 * @param script - Its source, relative to the project.
 */
export function programArguments(script: string, nodeArguments: readonly string[] = []): readonly string[] {
  const [, workspace, path] = /^(gateway|subgraphs\/\w+)\/src\/(.+)\.ts$/.exec(script) ?? [];
  return process.env['SERVICES'] === 'built' && workspace !== undefined && path !== undefined
    ? [...nodeArguments, `${PROJECT_ROOT}${workspace}/dist/${path}.js`]
    : ['--conditions=identity-source', '--import', TSX, ...nodeArguments, `${PROJECT_ROOT}${script}`];
}
