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
const NOTHING: Rendered = { manifests: [], settings: {}, problems: [] };

/** Reads the kustomization of a folder, with those that it builds on. */
export async function render(folder: string): Promise<Rendered> {
  const [content = {}] = await documentsIn(posix.join(folder, FILE));
  const resources = list(content['resources']).map(String);
  const patches = list(content['patches']).map((patch) => String(mapping(patch)['path']));
  const images = list(content['images']).map(mapping);
  let rendered = await gather(folder, resources);
  rendered = await withSettings(folder, rendered, list(content['configMapGenerator']).map(mapping));
  for (const patch of patches) rendered = patched(rendered, await manifestsIn(posix.join(folder, patch)));
  const { manifests, settings } = rendered;
  const texts = JSON.stringify(manifests);
  const namespace = `Namespace/${String(content['namespace'])}`;
  const files = (await listIfPresent(folder)).filter((file) => file.endsWith('.yaml'));
  const problems = [
    ...Object.keys(content)
      .filter((key) => !KNOWN.includes(key))
      .map((key) => `${key} is not looked after`),
    ...files.filter((file) => ![FILE, ...resources, ...patches].includes(file)).map((file) => `${file} is not listed`),
    ...images
      .map(({ name }) => String(name))
      .filter((name) => !texts.includes(`"image":"${name}"`))
      .map((name) => `${name} is no image`),
    ...('namespace' in content && !manifests.some((each) => identityOf(each) === namespace)
      ? [`there is no ${namespace}`]
      : []),
  ];
  return {
    manifests: manifests.map((manifest) => inNamespace(withImages(manifest, images), content['namespace'])),
    settings,
    problems: [...rendered.problems, ...problems.map((problem) => `${folder}: ${problem}`)],
  };
}

async function gather(folder: string, resources: readonly string[]): Promise<Rendered> {
  let all = NOTHING;
  for (const path of resources.map((resource) => posix.join(folder, resource))) {
    const more = path.endsWith('.yaml') ? { ...NOTHING, manifests: await manifestsIn(path) } : await render(path);
    all = {
      manifests: [...all.manifests, ...more.manifests],
      settings: { ...all.settings, ...more.settings },
      problems: [...all.problems, ...more.problems],
    };
  }
  return all;
}

async function withSettings(folder: string, rendered: Rendered, generators: readonly Mapping[]): Promise<Rendered> {
  const settings = { ...rendered.settings };
  const problems = [...rendered.problems];
  for (const generator of generators) {
    const name = String(generator['name']);
    if ((generator['behavior'] === 'merge') !== name in settings) problems.push(`${folder}: ${name} is no such map`);
    settings[name] = { ...settings[name], ...(await settingsOf(folder, generator)) };
  }
  return { ...rendered, settings, problems };
}

function patched(rendered: Rendered, patches: readonly Manifest[]): Rendered {
  const identities = rendered.manifests.map(identityOf);
  const manifests = rendered.manifests.map((manifest) => {
    const patch = patches.find((each) => identityOf(each) === identityOf(manifest));
    if (patch === undefined) return manifest;
    return { place: patch.place, content: mapping(merged(manifest.content, patch.content)) };
  });
  const problems = patches
    .filter((patch) => !identities.includes(identityOf(patch)))
    .map(({ place }) => `${place}: patches what there is not`);
  return { ...rendered, manifests, problems: [...rendered.problems, ...problems] };
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

/** All but the namespace itself are in it. */
function inNamespace(manifest: Manifest, namespace: unknown): Manifest {
  const { place, content } = manifest;
  if (namespace === undefined || content['kind'] === 'Namespace') return manifest;
  return { place, content: { ...content, metadata: { ...mapping(content['metadata']), namespace } } };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
