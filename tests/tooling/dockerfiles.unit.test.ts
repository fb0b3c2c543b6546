import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT, readText } from '../../scripts/project-files.js';
import { all, readDockerfile } from './support/dockerfile.js';

const IMAGES = [
  {
    workspace: 'gateway',
    port: 4000,
    needs: ['packages/service-kit'],
    data: ['schema/supergraph.graphql', 'gateway/examples'],
  },
  {
    workspace: 'subgraphs/auth',
    port: 4001,
    needs: ['packages/service-kit', 'packages/database'],
    data: ['subgraphs/auth/schema.graphql'],
  },
  {
    workspace: 'subgraphs/users',
    port: 4002,
    needs: ['packages/service-kit', 'packages/database'],
    data: ['subgraphs/users/schema.graphql'],
  },
];

describe.each(IMAGES)('the image of $workspace', ({ workspace, port, needs, data }) => {
  const stages = readDockerfile(`${workspace}/Dockerfile`);
  const final = stages.then((all) => all.at(-1));

  test('runs node itself, as nobody special, on whatever file system', async () => {
    const image = await final;

    expect(image?.from).toBe('node:20-bookworm-slim');
    expect(all(image, 'USER')).toEqual(['node']);
    expect(all(image, 'CMD')).toEqual(['["node", "dist/main.js"]']);
    expect(all(image, 'WORKDIR').at(-1)).toBe(`/app/${workspace}`);
    expect(all(image, 'ENV')).toEqual(['NODE_ENV=production HOST=0.0.0.0']);
    expect(all(image, 'EXPOSE')).toEqual([String(port)]);
    expect(all(image, 'VOLUME')).toEqual([]);
  });

  test('says whether it lives', async () => {
    const [check = '', ...others] = all(await final, 'HEALTHCHECK');

    expect(others).toEqual([]);
    expect(check).toMatch(/ CMD \["node", "\/app\/health-check\.mjs", "[^"]+"\]$/);
    expect(check).toContain(`"http://127.0.0.1:${String(port)}/health/live"`);
  });

  test('takes only what production needs', async () => {
    const copies = all(await final, 'COPY');

    expect(all(await final, 'RUN')).toEqual([]);
    expect(copies.filter((copy) => copy.startsWith('--from='))).toEqual([
      '--from=dependencies /app ./',
      ...[...needs, workspace].map((folder) => `--from=build /app/${folder}/dist ${folder}/dist`),
    ]);
    expect(copies.filter((copy) => !copy.startsWith('--from=')).map((copy) => copy.split(' ')[0])).toEqual(
      expect.arrayContaining([...data, 'docker/health-check.mjs']),
    );
    expect(copies.join('\n')).not.toMatch(/\bsrc\b|\btest\b|\.env|secrets/);
  });

  test('installs the locked versions, runs no script of a package, and keeps development out', async () => {
    const installs = (await stages).flatMap((stage) => all(stage, 'RUN')).filter((run) => run.includes('npm ci'));

    expect(installs).toHaveLength(2);
    for (const install of installs) expect(install).toContain('npm ci --ignore-scripts');
    expect(installs[1]).toContain(`--omit=dev --workspace ${workspace}`);
  });

  test('copies what exists and is in the build context', async () => {
    const allowed = (await readText('.dockerignore'))
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = (await stages)
      .flatMap((stage) => all(stage, 'COPY'))
      .filter((copy) => !copy.startsWith('--from='))
      .flatMap((copy) => copy.split(' ').slice(0, -1));

    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      await expect(access(join(PROJECT_ROOT, source))).resolves.toBeUndefined();
      expect(allowed.filter((name) => source === name || source.startsWith(`${name}/`))).not.toEqual([]);
    }
  });
});

describe('.dockerignore', () => {
  test('keeps everything out that it does not name', async () => {
    const lines = (await readText('.dockerignore')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

    expect(lines[0]).toBe('*');
    expect(lines.filter((line) => /^!.*(\.env|secrets|data|\.git|node_modules|\*)/.test(line))).toEqual([]);
    expect(lines.slice(-6)).toEqual(['**/node_modules', '**/dist', '**/test', '**/Dockerfile', '**/.env*', '**/*.pem']);
  });
});
