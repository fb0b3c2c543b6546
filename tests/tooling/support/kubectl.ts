import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { PROJECT_ROOT } from '../../../scripts/project-files.js';
import { findKubectl } from '../../harness/available-stacks.js';
import type { Rendered } from './kustomization.js';
import { mapping, type Mapping } from './mapping.js';

/** Behind the name of a generated ConfigMap: a digest of what is in it. */
const DIGEST = /-[0-9a-z]{10}$/;

/** What Kustomize makes of a folder, with the ConfigMaps' names as they are before their digests are added. */
export async function renderByKubectl(folder: string): Promise<Omit<Rendered, 'problems'>> {
  const kubectl = findKubectl();
  if (kubectl === undefined) throw new Error('kubectl was not found.');
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', folder], { cwd: PROJECT_ROOT });
  const objects = parseAllDocuments(stdout, { version: '1.1' }).map((document) => mapping(document.toJS()));
  const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
  const names = maps.map(nameOf).filter((name) => DIGEST.test(name));
  return {
    manifests: objects
      .filter(({ kind }) => kind !== 'ConfigMap')
      .map((content) => ({ place: folder, content: withoutDigests(content, names) })),
    settings: Object.fromEntries(maps.map((map) => [nameOf(map).replace(DIGEST, ''), settingsOf(map)])),
  };
}

function nameOf({ metadata }: Mapping): string {
  return String(mapping(metadata)['name']);
}

function settingsOf({ data }: Mapping): Record<string, string> {
  return Object.fromEntries(Object.entries(mapping(data)).map(([name, value]) => [name, String(value)]));
}

/** What refers to a name that no ConfigMap has keeps it as it is. */
function withoutDigests(content: Mapping, names: readonly string[]): Mapping {
  const text = names.reduce(
    (written, name) => written.replaceAll(`"name":"${name}"`, `"name":"${name.replace(DIGEST, '')}"`),
    JSON.stringify(content),
  );
  return mapping(JSON.parse(text));
}
