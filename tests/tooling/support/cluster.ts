import { newSecret } from '../../../scripts/embedded-secrets.js';
import type { Party } from './network-policies.js';

const url = (scheme: string, rest: string) => `${scheme}://identity:${newSecret()}@${rest}`;

/** What kubernetes/README.md says has to be there. */
export const SECRETS = {
  'router-credential': { ROUTER_SECRET: newSecret() },
  'auth-secrets': {
    PASSWORD_PEPPER: newSecret(),
    AUTH_DATABASE_URL: url('mysql', 'mysql.example.com/auth'),
    REDIS_URL: url('rediss', 'redis.example.com'),
  },
  'users-secrets': {
    USERS_DATABASE_URL: url('mysql', 'mysql.example.com/users'),
    REDIS_URL: url('rediss', 'redis.example.com'),
  },
};

/** The labels of a namespace. */
export const namespace = (name: string): Party['namespace'] => ({ 'kubernetes.io/metadata.name': name });

/** Whom the pods of this project meet. */
export const OTHERS: readonly Party[] = [
  // Some pod beside them, as the policies would have it, and as if they were not about it.
  { name: 'newcomer', own: true, namespace: namespace('identity'), labels: {}, ports: { http: 8080 } },
  { name: 'neighbour', own: false, namespace: namespace('identity'), labels: {}, ports: {} },
  { name: 'ingress', own: false, namespace: namespace('ingress-nginx'), labels: {}, ports: {} },
  {
    name: 'prometheus',
    own: false,
    namespace: namespace('monitoring'),
    labels: { 'app.kubernetes.io/name': 'prometheus' },
    ports: {},
  },
  { name: 'monitoring', own: false, namespace: namespace('monitoring'), labels: {}, ports: {} },
  {
    name: 'dns',
    own: false,
    namespace: namespace('kube-system'),
    labels: { 'k8s-app': 'kube-dns' },
    ports: { dns: 53 },
  },
  { name: 'stores', own: false, namespace: {}, labels: {}, address: '10.20.0.7', ports: { mysql: 3306, redis: 6379 } },
  { name: 'world', own: false, namespace: {}, labels: {}, address: '203.0.113.9', ports: { https: 443, mysql: 3306 } },
];

/** Everybody who is not kept from it at home. */
const everywhere = Object.fromEntries(OTHERS.filter(({ own }) => !own).map(({ name }) => [name, ['gateway:4000']]));

const stores = (...ports: readonly number[]) => ports.map((port) => `stores:${String(port)}`);

/** Who may connect to what, but for the way in. */
const CONNECTIONS = {
  gateway: ['auth:4001', 'users:4002', 'dns:53'],
  auth: ['dns:53', ...stores(3306, 6379)],
  users: ['auth:4001', 'dns:53', ...stores(3306, 6379)],
  'auth-migrate': ['dns:53', ...stores(3306)],
  'users-migrate': ['dns:53', ...stores(3306)],
  prometheus: ['gateway:4100', 'auth:4101', 'users:4102'],
};

/** Who may connect to what where only the ingress controller comes in, and MySQL and Redis have their place. */
export const CONNECTIONS_IN_EXAMPLE: Readonly<Record<string, readonly string[]>> = {
  ...CONNECTIONS,
  ingress: ['gateway:4000'],
};

/** Without an overlay everybody reaches the gateway, and the stores may be anywhere. */
export const CONNECTIONS_IN_BASE: Readonly<Record<string, readonly string[]>> = {
  ...CONNECTIONS,
  ...everywhere,
  prometheus: ['gateway:4000', ...CONNECTIONS.prometheus],
  auth: [...CONNECTIONS.auth, 'world:3306'],
  users: [...CONNECTIONS.users, 'world:3306'],
  'auth-migrate': [...CONNECTIONS['auth-migrate'], 'world:3306'],
  'users-migrate': [...CONNECTIONS['users-migrate'], 'world:3306'],
};
