import { loadConfig as loadAuthConfig, loadMigrationConfig as loadAuthMigrationConfig } from '@identity/auth/config';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { createHealth, healthRoutes } from '@identity/service-kit/health';
import { createLogger } from '@identity/service-kit/logger';
import { loadConfig as loadUsersConfig, loadMigrationConfig as loadUsersMigrationConfig } from '@identity/users/config';
import { describe, expect, test } from '@jest/globals';
import { readText } from '../../scripts/project-files.js';
import { CONNECTIONS_IN_BASE, CONNECTIONS_IN_EXAMPLE, namespace, OTHERS, SECRETS } from './support/cluster.js';
import { imageEnvironment, readDockerfile } from './support/dockerfile.js';
import { variablesOf } from './support/environment-variables.js';
import { schemaProblems } from './support/kubernetes-types.js';
import { identityOf, render } from './support/kustomization.js';
import { list, mapping } from './support/mapping.js';
import { connections, matches } from './support/network-policies.js';
import { environmentOf, podsOf, type Pod } from './support/pods.js';

const SERVICES = [
  { name: 'gateway', folder: 'gateway', load: loadGatewayConfig },
  { name: 'auth', folder: 'subgraphs/auth', load: loadAuthConfig },
  { name: 'users', folder: 'subgraphs/users', load: loadUsersConfig },
] as const;
const MIGRATIONS = [
  { name: 'auth-migrate', of: 'auth', load: loadAuthMigrationConfig },
  { name: 'users-migrate', of: 'users', load: loadUsersMigrationConfig },
] as const;
const SERVICE_NAMES = SERVICES.map(({ name }) => name);
const MIGRATION_NAMES = MIGRATIONS.map(({ name }) => name);

const served = healthRoutes(
  createHealth({ required: {} }, createLogger({ service: 'test', level: 'silent' })),
).stack.map(({ route }) => route?.path);

const base = await render('kubernetes/base');
const example = await render('kubernetes/overlays/example');

describe('the manifests', () => {
  test('are what the schema of the Kubernetes API knows', () => {
    expect(schemaProblems([...base.manifests, ...example.manifests])).toEqual([]);
  });
});

describe.each([
  { folder: 'kubernetes/base', rendered: base, expected: CONNECTIONS_IN_BASE },
  { folder: 'kubernetes/overlays/example', rendered: example, expected: CONNECTIONS_IN_EXAMPLE },
])('$folder', ({ rendered, expected }) => {
  const contents = rendered.manifests.map(({ content }) => content);
  const pods = podsOf(contents);
  const services = pods.filter(({ kind }) => kind === 'Deployment');
  const specsOf = (kind: string) =>
    Object.fromEntries(
      contents
        .filter((content) => content['kind'] === kind)
        .map(({ metadata, spec }) => [String(mapping(metadata)['name']), mapping(spec)]),
    );
  const chosenBy = (selector: unknown) =>
    pods.filter(({ labels }) => matches(selector, labels)).map(({ name }) => name);
  const podOf = (wanted: string): Pod => {
    const found = pods.find(({ name }) => name === wanted);
    if (found === undefined) throw new Error(`there is no ${wanted}`);
    return found;
  };

  test('names what there is, each object once, and nothing is left over', () => {
    expect(rendered.problems).toEqual([]);
    expect(new Set(rendered.manifests.map(identityOf)).size).toBe(contents.length);
  });

  test('runs every service and every migration', () => {
    expect(services.map(({ name }) => name)).toEqual(SERVICE_NAMES);
    expect(pods.filter(({ kind }) => kind === 'Job').map(({ name }) => name)).toEqual(MIGRATION_NAMES);
  });

  test.each([...SERVICE_NAMES, ...MIGRATION_NAMES])('%s can do nothing it need not', (name) => {
    const { spec, container } = podOf(name);
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container['resources']).toEqual({
      requests: { cpu: expect.stringMatching(/^\d+m$/), memory: expect.stringMatching(/^\d+Mi$/) },
      limits: { memory: expect.stringMatching(/^\d+Mi$/) },
    });
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(spec).not.toHaveProperty(field);
  });

  test.each(SERVICES)(
    '$name gets what it demands in production, and nothing that it does not read',
    async (service) => {
      const pod = podOf(service.name);
      const environment = environmentOf(pod, rendered.settings, SECRETS);
      const image = imageEnvironment((await readDockerfile(`${service.folder}/Dockerfile`)).at(-1));
      const config = service.load({ ...image, ...environment });
      expect(image['NODE_ENV']).toBe('production');
      expect(pod.ports).toEqual({ http: config.port, admin: config.admin?.port });
      expect(config.admin?.host).toBe('0.0.0.0');
      const read = await variablesOf(service.name);
      expect(Object.keys(environment).filter((name) => !read.includes(name))).toEqual([]);
    },
  );

  test.each(MIGRATIONS)('$name gets its database, and no other secret', ({ name, of, load }) => {
    const variable = `${of.toUpperCase()}_DATABASE_URL`;
    const environment = environmentOf(podOf(name), rendered.settings, SECRETS);
    expect(Object.keys(environment)).toEqual([variable]);
    expect(load({ NODE_ENV: 'production', ...environment }).databaseUrl).toBe(environment[variable]);
    expect(podOf(name).container).toMatchObject({
      command: ['node', 'dist/migrate.js'],
      image: podOf(of).container['image'],
    });
  });

  test('tells services where the others are', () => {
    for (const pod of services) {
      const environment = environmentOf(pod, rendered.settings, SECRETS);
      const urls = Object.entries(environment).filter(([name]) => /^(SUBGRAPH_URL_|AUTH_URL$)/.test(name));
      for (const [, value = ''] of urls) {
        const { hostname, port } = new URL(value);
        expect(list(specsOf('Service')[hostname]?.['ports']).map((each) => mapping(each)['port'])).toEqual([
          Number(port),
        ]);
      }
    }
    for (const [name, { ports }] of Object.entries(specsOf('Service'))) {
      expect(list(ports)).toEqual([{ name: 'http', port: podOf(name).ports['http'], targetPort: 'http' }]);
    }
  });

  test('mounts the keys for Auth alone, to be read', () => {
    const { spec, container } = podOf('auth');
    const { KEYS_DIR } = environmentOf(podOf('auth'), rendered.settings, SECRETS);
    expect(container['volumeMounts']).toEqual([{ name: 'signing-keys', mountPath: KEYS_DIR, readOnly: true }]);
    expect(spec['volumes']).toEqual([
      { name: 'signing-keys', secret: { secretName: 'signing-keys', defaultMode: 0o440 } },
    ]);
    expect(mapping(spec['securityContext'])['fsGroup']).toBe(1000);
    expect(pods.filter((pod) => pod.spec['volumes'] !== undefined)).toHaveLength(1);
  });

  test.each(SERVICE_NAMES)('%s is asked what it answers, and may finish what it is doing', (name) => {
    const { spec, container } = podOf(name);
    const paths = { readinessProbe: '/health/ready', livenessProbe: '/health/live', startupProbe: '/health/live' };
    for (const [probe, path] of Object.entries(paths)) {
      expect(mapping(container[probe])['httpGet']).toEqual({ path, port: 'http' });
      expect(served).toContain(path);
    }
    // A check of what it depends on takes up to a second.
    expect(mapping(container['readinessProbe'])['timeoutSeconds']).toBeGreaterThan(1);
    const environment = environmentOf(podOf(name), rendered.settings, SECRETS);
    const [delay, grace] = [Number(environment['DRAIN_DELAY_MS']), Number(environment['SHUTDOWN_GRACE_MS'])];
    // Until every node knows that the pod is going, and the gateway has closed what it does not use.
    expect(delay).toBeGreaterThanOrEqual(6_000);
    // Closing a database takes up to 15 s after that.
    expect(Number(spec['terminationGracePeriodSeconds'])).toBeGreaterThan((delay + grace) / 1_000 + 15);
  });

  test.each(SERVICE_NAMES)('%s is selected by what is for it, and by nothing else', (name) => {
    const deployment = specsOf('Deployment')[name];
    const scaling = specsOf('HorizontalPodAutoscaler')[name];
    const budget = specsOf('PodDisruptionBudget')[name];
    expect(chosenBy(deployment?.['selector'])).toEqual([name]);
    expect(chosenBy({ matchLabels: specsOf('Service')[name]?.['selector'] })).toEqual([name]);
    expect(chosenBy(budget?.['selector'])).toEqual([name]);
    for (const constraint of list(podOf(name).spec['topologySpreadConstraints']).map(mapping))
      expect(chosenBy(constraint['labelSelector'])).toEqual([name]);
    expect(scaling?.['scaleTargetRef']).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name });
    expect(deployment).not.toHaveProperty('replicas');
    expect(deployment?.['strategy']).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
    expect(budget?.['maxUnavailable']).toBeLessThan(Number(scaling?.['minReplicas']));
  });

  test('lets nobody but the gateway and, at Auth, Users reach a subgraph', () => {
    const own = pods.map(({ name, labels, ports }) => ({
      name,
      own: true,
      namespace: namespace('identity'),
      labels,
      ports,
    }));
    expect(connections(Object.values(specsOf('NetworkPolicy')), [...own, ...OTHERS])).toEqual(expected);
  });
});

describe('kubernetes/overlays/example', () => {
  test('names images by version, and its address', async () => {
    const { version } = mapping(JSON.parse(await readText('package.json')));
    for (const { container } of podsOf(example.manifests.map(({ content }) => content)))
      expect(String(container['image'])).toMatch(new RegExp(`^[a-z.]+(/[a-z]+)+:${String(version)}$`));
    expect(example.settings['shared-settings']?.['TOKEN_ISSUER']).toBe('https://api.example.com');
  });
});

describe('kubernetes/README.md', () => {
  test('tells how to make every secret', async () => {
    const readme = await readText('kubernetes/README.md');
    const documented = [...readme.matchAll(/create secret generic ([\w-]+)([^]*?)(?=\n\n|\nkubectl|```)/g)].map(
      ([, name = '', rest = '']) => [name, [...rest.matchAll(/--from-literal=(\w+)=/g)].map(([, key = '']) => key)],
    );
    const expected = Object.entries(SECRETS).map(([name, keys]) => [name, Object.keys(keys)]);
    expect(Object.fromEntries(documented)).toEqual({ ...Object.fromEntries(expected), 'signing-keys': [] });
    expect(readme).toContain('create secret generic signing-keys --from-file=signing.pem=');
  });
});
