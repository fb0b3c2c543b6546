import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../scripts/project-files.js';

/** One of those that are compared: how it is started as a process of its own. */
export interface Contender {
  readonly name: string;
  /** The package whose version is told; null for what is no package. */
  readonly versionOf: string | null;
  readonly args: readonly string[];
  environment(ports: Ports): Readonly<Record<string, string>>;
}

/** Where a contender listens, and where the subgraphs are. */
export interface Ports {
  readonly own: number;
  readonly auth: number;
  readonly users: number;
}

/** The name by which the report finds this project among the others. */
export const OURS = 'identity-supergraph';

const fromRoot = (path: string): string => join(PROJECT_ROOT, path);
const url = (port: number): string => `http://127.0.0.1:${String(port)}`;
const SUPERGRAPH = fromRoot('schema/supergraph.graphql');
const ROUTER_SECRET = randomBytes(32).toString('base64');

const peer: Contender['environment'] = ({ own, auth, users }) => ({
  NODE_ENV: 'production',
  APOLLO_TELEMETRY_DISABLED: 'true',
  PORT: String(own),
  AUTH: `${url(auth)}/graphql`,
  USERS: `${url(users)}/graphql`,
  SUPERGRAPH,
});

const subgraphs: Contender['environment'] = ({ auth, users }) => ({
  NODE_ENV: 'production',
  ROUTER_SECRET,
  SUPERGRAPH_PATH: SUPERGRAPH,
  SUBGRAPH_URL_AUTH: `${url(auth)}/graphql`,
  SUBGRAPH_URL_USERS: `${url(users)}/graphql`,
});

const MERCURIUS = 'bench/node_modules/@mercuriusjs/gateway';
const HIVE = 'routers/hive/node_modules/@graphql-hive/gateway';

export const CONTENDERS: readonly Contender[] = [
  {
    name: 'Apollo, stock',
    versionOf: 'bench/node_modules/@apollo/gateway',
    args: [fromRoot('bench/peers/stock.js')],
    environment: peer,
  },
  {
    name: 'Hive Gateway',
    versionOf: HIVE,
    args: [
      fromRoot(`${HIVE}/dist/bin.js`),
      'supergraph',
      '--config-path',
      fromRoot('routers/hive/gateway.config.js'),
      '--fork',
      '1',
    ],
    environment: (ports) => ({ ...subgraphs(ports), HOST: '127.0.0.1', PORT: String(ports.own) }),
  },
  {
    name: 'Mercurius',
    versionOf: MERCURIUS,
    args: [fromRoot('bench/peers/mercurius.js')],
    environment: peer,
  },
  {
    name: 'Mercurius, JIT',
    versionOf: MERCURIUS,
    args: [fromRoot('bench/peers/mercurius.js'), '--jit'],
    environment: peer,
  },
  {
    name: 'bare proxy',
    versionOf: 'bench/node_modules/undici',
    args: [fromRoot('bench/peers/bare.js')],
    environment: peer,
  },
  {
    name: OURS,
    versionOf: null,
    args: [fromRoot('gateway/dist/main.js')],
    environment: (ports) => ({
      ...subgraphs(ports),
      HOST: '127.0.0.1',
      GATEWAY_PORT: String(ports.own),
      AUTH_URL: url(ports.auth),
    }),
  },
];

/** The version of what is installed; null when it is not. */
export function versionOf({ versionOf: folder }: Contender): string | null {
  if (folder === null) return null;
  const manifest: unknown = JSON.parse(readFileSync(fromRoot(`${folder}/package.json`), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : null;
}
