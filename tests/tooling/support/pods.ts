import { list, mapping, type Mapping } from './mapping.js';

/** What a Deployment or a Job runs. */
export interface Pod {
  readonly name: string;
  readonly kind: string;
  readonly labels: Mapping;
  readonly spec: Mapping;
  readonly container: Mapping;
  /** The ports of its container, by their names. */
  readonly ports: Readonly<Record<string, number>>;
}

/** The pods of those manifests that run something. @throws Error for one with several containers. */
export function podsOf(manifests: readonly Mapping[]): readonly Pod[] {
  return manifests
    .filter(({ spec }) => mapping(mapping(spec)['template'])['spec'] !== undefined)
    .map((manifest) => {
      const { metadata, spec } = mapping(mapping(manifest['spec'])['template']);
      const [container, ...others] = list(mapping(spec)['containers']).map(mapping);
      if (others.length > 0 || mapping(spec)['initContainers'] !== undefined) throw new Error('one container a pod');
      const ports = list(container?.['ports']).map(mapping);
      return {
        name: String(mapping(manifest['metadata'])['name']),
        kind: String(manifest['kind']),
        labels: mapping(mapping(metadata)['labels']),
        spec: mapping(spec),
        container: mapping(container),
        ports: Object.fromEntries(ports.map((port) => [String(port['name']), Number(port['containerPort'])])),
      };
    });
}

/** Values that may come from a secret, by the names of secrets. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What a container finds in its environment beside what its image sets.
 *
 * @throws Error when it refers to settings or secrets that there are not.
 */
export function environmentOf(
  { container }: Pod,
  settings: Readonly<Record<string, NodeJS.Dict<string>>>,
  secrets: Secrets,
): NodeJS.Dict<string> {
  const maps = list(container['envFrom']).map((source) => String(mapping(mapping(source)['configMapRef'])['name']));
  const all = maps.map((name) => {
    const map = settings[name];
    if (map === undefined) throw new Error(`there is no ConfigMap ${name}`);
    return map;
  });
  const single = list(container['env']).map((entry) => {
    const { name, key } = secretOf(mapping(entry));
    const value = secrets[name]?.[key];
    if (value === undefined) throw new Error(`there is no ${key} in a secret ${name}`);
    return { [String(mapping(entry)['name'])]: value };
  });
  return Object.fromEntries([...all, ...single].flatMap((variables) => Object.entries(variables)));
}

function secretOf({ valueFrom }: Mapping): { readonly name: string; readonly key: string } {
  const { name, key } = mapping(mapping(valueFrom)['secretKeyRef']);
  return { name: String(name), key: String(key) };
}
