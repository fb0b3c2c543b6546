import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '@identity/service-kit/json';
import { PROJECT_ROOT } from '../scripts/project-files.js';

/** One of those that are compared: how it is started as a process of its own. */
export interface Contender {
  readonly name: string;
  /** What tells its version; null where there is none to tell. */
  readonly versionOf: Package | null;
  readonly args: readonly string[];
  environment(ports: Ports): Readonly<Record<string, string>>;
}

/** A package that is installed. */
interface Package {
  readonly folder: string;
  /** Where the version is not that of the contender itself. */
  readonly name?: string;
}

/** Where a contender listens, and where the subgraphs are. */
export interface Ports {
  readonly own: number;
  readonly auth: number;
  readonly users: number;
}

/** What this project is called among the others. */
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
    versionOf: { folder: 'bench/node_modules/@apollo/gateway' },
    args: [fromRoot('bench/peers/stock.js')],
    environment: peer,
  },
  hive('Hive Gateway, stitching'),
  hive('Hive Gateway, router', '--hive-router-runtime'),
  {
    name: 'Mercurius',
    versionOf: { folder: MERCURIUS },
    args: [fromRoot('bench/peers/mercurius.js')],
    environment: peer,
  },
  {
    name: 'Mercurius, JIT',
    versionOf: { folder: MERCURIUS },
    args: [fromRoot('bench/peers/mercurius.js'), '--jit'],
    environment: peer,
  },
  {
    name: 'bare proxy',
    versionOf: { folder: 'bench/node_modules/undici', name: 'undici' },
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

function hive(name: string, ...options: readonly string[]): Contender {
  const config = ['--config-path', fromRoot('routers/hive/gateway.config.js')];
  return {
    name,
    versionOf: { folder: HIVE },
    args: [fromRoot(`${HIVE}/dist/bin.js`), 'supergraph', ...config, '--fork', '1', ...options],
    environment: (ports) => ({ ...subgraphs(ports), HOST: '127.0.0.1', PORT: String(ports.own) }),
  };
}

/** The version of what is installed; null where there is none to tell. */
export function versionOf({ versionOf: installed }: Contender): string | null {
  if (installed === null) return null;
  const manifest: unknown = JSON.parse(readFileSync(fromRoot(`${installed.folder}/package.json`), 'utf8'));
  if (!isRecord(manifest)) return null;
  const version = String(manifest['version']);
  return installed.name === undefined ? version : `${installed.name} ${version}`;
}
