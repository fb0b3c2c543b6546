import { readFileSync } from 'node:fs';
import { newSecret } from '../../scripts/embedded-secrets.js';
import { startForwarder, type Forwarder } from './forwarder.js';
import { HIVE_CONFIGURATION, startHiveProcess, type HiveProcess } from './hive-process.js';
import { TEST_ENVIRONMENT, type TestService } from './services.js';

type Environment = Readonly<Record<string, string>>;

/** One that serves one stack after the other: it takes seconds to start. */
interface SharedRouter {
  readonly hive: HiveProcess;
  /** Where it finds the subgraphs, by the variables that tell it. */
  readonly ways: ReadonlyMap<string, Forwarder>;
}

/** What every Hive Gateway of this process proves itself with to the subgraphs. */
export const HIVE_ROUTER_SECRET = newSecret();

const usual: Environment = { ...TEST_ENVIRONMENT, ROUTER_SECRET: HIVE_ROUTER_SECRET };
const idle: SharedRouter[] = [];

/**
 * A Hive Gateway before the subgraphs that the environment names. It is one of its own where its settings are not those
 * of most tests; otherwise no other stack has it at the same time.
 */
export async function startHiveGateway(environment: Environment): Promise<TestService> {
  if (settingsOf(environment).every(([name, value]) => usual[name] === value)) return share(environment);
  const { url, server, stop } = await startHiveProcess(environment);
  return { url, output: server.output, close: stop };
}

async function share(environment: Environment): Promise<TestService> {
  const router = idle.pop() ?? (await startShared(environment));
  const { hive, ways } = router;
  for (const [name, way] of ways) way.leadTo(environment[name] ?? null);
  return {
    url: hive.url,
    output: hive.server.output,
    async close() {
      for (const way of ways.values()) way.leadTo(null);
      if (hive.server.exited) throw new Error(`Hive Gateway has ended by itself:\n${hive.server.output()}`);
      hive.server.forgetOutput();
      idle.push(router);
      return Promise.resolve();
    },
  };
}

async function startShared(environment: Environment): Promise<SharedRouter> {
  const ways = new Map<string, Forwarder>();
  const addresses: Record<string, string> = {};
  for (const [name, address] of Object.entries(environment).filter(isAddress)) {
    const way = await startForwarder();
    ways.set(name, way);
    addresses[name] = Object.assign(new URL(address), { port: String(way.port) }).href;
  }
  const hive = await startHiveProcess({ ...environment, ...addresses });
  hive.server.unref();
  return { hive, ways };
}

/** The variables, but for addresses, that its configuration names, and so may read. */
function settingsOf(environment: Environment): readonly (readonly [string, string])[] {
  const named = new Set(readFileSync(HIVE_CONFIGURATION, 'utf8').match(/\b[A-Z_]+\b/g));
  return Object.entries(environment).filter((entry) => named.has(entry[0]) && !isAddress(entry));
}

function isAddress([name]: readonly [string, string]): boolean {
  return name.startsWith('SUBGRAPH_URL_');
}
