import { posix } from 'node:path';
import { parseEnv } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { listIfPresent, readText } from '../../../scripts/project-files.js';
import type { Manifest } from './kubernetes-types.js';
import { list, mapping, type Mapping } from './mapping.js';

/** What a kustomization comes to, as far as this project uses Kustomize. */
export interface Rendered {
  readonly manifests: readonly Manifest[];
  /** The generated ConfigMaps, by name. */
  readonly settings: Readonly<Record<string, NodeJS.Dict<string>>>;
  /** Parts of the kustomization that name what there is not. */
  readonly problems: readonly string[];
}

const KNOWN = ['apiVersion', 'kind', 'namespace', 'resources', 'configMapGenerator', 'images', 'patches'];
const FILE = 'kustomization.yaml';

/** Reads the kustomization of a folder, with those that it builds on. */
export async function render(folder: string): Promise<Rendered> {
  const [content = {}] = await documentsIn(posix.join(folder, FILE));
  const problems = Object.keys(content)
    .filter((key) => !KNOWN.includes(key))
    .map((key) => `${folder}: ${key} is not looked after`);
  let manifests: readonly Manifest[] = [];
  let settings: Rendered['settings'] = {};
  const named = [FILE];
  for (const resource of list(content['resources']).map(String)) {
    if (resource.endsWith('.yaml')) {
      named.push(resource);
      manifests = [...manifests, ...(await manifestsIn(posix.join(folder, resource)))];
    } else {
      const base = await render(posix.join(folder, resource));
      manifests = [...manifests, ...base.manifests];
      settings = { ...settings, ...base.settings };
      problems.push(...base.problems);
    }
  }
  for (const generator of list(content['configMapGenerator']).map(mapping)) {
    const name = String(generator['name']);
    if ((generator['behavior'] === 'merge') !== name in settings) problems.push(`${folder}: ${name} is no such map`);
    settings = { ...settings, [name]: { ...settings[name], ...(await settingsOf(folder, generator)) } };
  }
  for (const patch of list(content['patches']).map((entry) => String(mapping(entry)['path']))) {
    named.push(patch);
    for (const { place, content: changes } of await manifestsIn(posix.join(folder, patch))) {
      if (!manifests.some((manifest) => identityOf(manifest) === identityOf({ content: changes })))
        problems.push(`${place}: patches what there is not`);
      manifests = manifests.map((manifest) =>
        identityOf(manifest) === identityOf({ content: changes })
          ? { place, content: mapping(merged(manifest.content, changes)) }
          : manifest,
      );
    }
  }
  const files = (await listIfPresent(folder)).filter((file) => file.endsWith('.yaml'));
  problems.push(...files.filter((file) => !named.includes(file)).map((file) => `${folder}: ${file} is not listed`));
  const images = list(content['images']).map(mapping);
  const texts = JSON.stringify(manifests);
  for (const { name } of images)
    if (!texts.includes(`"image":"${String(name)}"`)) problems.push(`${folder}: ${String(name)} is no image`);
  const namespace = `Namespace/${String(content['namespace'])}`;
  if ('namespace' in content && !manifests.some((each) => identityOf(each) === namespace))
    problems.push(`${folder}: there is no ${namespace}`);
  return { manifests: manifests.map((manifest) => withImages(manifest, images)), settings, problems };
}

/** What makes two manifests be of the same object. */
export function identityOf({ content }: Pick<Manifest, 'content'>): string {
  return `${String(content['kind'])}/${String(mapping(content['metadata'])['name'])}`;
}

async function manifestsIn(file: string): Promise<readonly Manifest[]> {
  return (await documentsIn(file)).map((content) => ({ place: `${file} ${identityOf({ content })}`, content }));
}

async function documentsIn(file: string): Promise<readonly Mapping[]> {
  const documents = parseAllDocuments(await readText(file), { version: '1.1', prettyErrors: true });
  return [...documents].map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return mapping(document.toJS());
  });
}

async function settingsOf(folder: string, generator: Mapping): Promise<NodeJS.Dict<string>> {
  const files = list(generator['envs']).map((file) => readText(posix.join(folder, String(file))));
  return parseEnv([...(await Promise.all(files)), ...list(generator['literals']).map(String)].join('\n'));
}

/** A strategic merge: mappings by their names, anything else is replaced. */
function merged(base: unknown, changes: unknown): unknown {
  if (!isMapping(base) || !isMapping(changes)) return changes;
  const names = [...new Set([...Object.keys(base), ...Object.keys(changes)])];
  return Object.fromEntries(
    names.map((name) => [name, name in changes ? merged(base[name], changes[name]) : base[name]]),
  );
}

function withImages({ place, content }: Manifest, images: readonly Mapping[]): Manifest {
  const text = images.reduce(
    (written, { name, newName, newTag }) =>
      written.replaceAll(
        `"image":"${String(name)}"`,
        `"image":${JSON.stringify(`${String(newName)}:${String(newTag)}`)}`,
      ),
    JSON.stringify(content),
  );
  return { place, content: mapping(JSON.parse(text)) };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
