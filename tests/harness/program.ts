import { fileURLToPath } from 'node:url';

const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));
// Resolved here: a program may run in a folder from which no package is found.
const TSX = import.meta.resolve('tsx');

/**
 * What Node needs to run a program of this project, from its source. With `SERVICES=built` what `npm run build` builds is
 * run as that has left it, which takes half as long to start and is for whoever has just built it. `scripts/start.js`,
 * which is `npm start`, brings its sources with it in any case.
 *
 * @param script - Its source, relative to the project.
 */
export function programArguments(script: string, nodeArguments: readonly string[] = []): readonly string[] {
  const built = process.env['SERVICES'] === 'built' ? builtFrom(script) : undefined;
  return built === undefined
    ? ['--conditions=identity-source', '--import', TSX, ...nodeArguments, `${PROJECT_ROOT}${script}`]
    : [...nodeArguments, `${PROJECT_ROOT}${built}`];
}

function builtFrom(script: string): string | undefined {
  const [, workspace, path] = /^(?:((?:\w+\/)+)src|scripts)\/(.+)\.ts$/.exec(script) ?? [];
  return path === undefined ? undefined : `${workspace ?? ''}dist/${path}.js`;
}
