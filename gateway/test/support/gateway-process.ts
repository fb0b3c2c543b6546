import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort, startService } from '../../../tests/torture/parts.js';
import { compose, ROUTER_SECRET, type ComposedSubgraph } from './gateway.js';

/** A gateway that is a process of its own, as in a container. */
export interface GatewayProcess {
  readonly url: string;
  readonly port: number;
  /** What has gone wrong with it so far. */
  readonly crashes: readonly string[];
  /** The most memory that it has had so far, in MiB. */
  peakMib(): Promise<number>;
  stop(): Promise<void>;
}

/** What Node.js takes by itself in a container of 512 MiB. */
const HEAP_MIB = 256;

/** Starts one before the given subgraphs. */
export async function startGatewayProcess(
  subgraphs: readonly ComposedSubgraph[],
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-process-'));
  const supergraphPath = join(folder, 'supergraph.graphql');
  await writeFile(supergraphPath, compose(subgraphs));
  const port = await lastingPort();
  const url = `http://127.0.0.1:${String(port)}`;
  const service = await startService({
    name: 'gateway',
    script: 'gateway/src/main.ts',
    environment: {
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      GATEWAY_PORT: String(port),
      SUPERGRAPH_PATH: supergraphPath,
      ROUTER_SECRET,
      ...environment,
    },
    folder,
    liveUrl: `${url}/health/live`,
    nodeArguments: [`--max-old-space-size=${String(HEAP_MIB)}`],
  });
  return {
    url,
    port,
    get crashes() {
      return service.crashes;
    },
    async peakMib() {
      const status = await readFile(`/proc/${String(service.pid)}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
    },
    async stop() {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
