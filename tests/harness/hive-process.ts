import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOnFreePort } from './redis-server.js';
import { startServerProcess, waitUntilReady, type ServerProcess } from './server-process.js';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** What Hive Gateway is told. */
export const HIVE_CONFIGURATION = fromRoot('routers/hive/gateway.config.js');

/** A Hive Gateway that runs. */
export interface HiveProcess {
  readonly url: string;
  readonly server: ServerProcess;
  stop(): Promise<void>;
}

/** Starts Hive Gateway with the configuration of routers/hive and the committed supergraph, as a process of its own. */
export async function startHiveProcess(environment: Readonly<Record<string, string>>): Promise<HiveProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-hive-'));
  const program = fromRoot('routers/hive/node_modules/@graphql-hive/gateway/dist/bin.js');
  const args = [program, 'supergraph', '--config-path', HIVE_CONFIGURATION];
  const { port, server } = await startOnFreePort(async (free) => {
    const started = await startServerProcess(process.execPath, args, folder, {
      ...environment,
      SUPERGRAPH_PATH: fromRoot('schema/supergraph.graphql'),
      HOST: '127.0.0.1',
      PORT: String(free),
    });
    await waitUntilReady(started, () => isReady(free));
    return started;
  });
  return {
    url: `http://127.0.0.1:${String(port)}`,
    server,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/health/ready`).catch(() => null);
  return response?.ok === true;
}
