import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { createLogger } from '@identity/service-kit/logger';
import { parse } from 'graphql';
import { z } from 'zod';
import { createGatewayApp, type GatewayDependencies } from '../../src/app.js';
import type { GatewayConfig } from '../../src/config.js';
import type { OperationLimits } from '../../src/policy/limits.js';

/** A running gateway. */
export interface TestGateway {
  readonly url: string;
  /** Every line that was logged, at the lowest level. */
  readonly log: readonly string[];
  /** Puts another supergraph into the file, in one step; the gateway is not told. */
  replaceSupergraph(sdl: string): Promise<void>;
  reload(): Promise<void>;
  /** Sends an operation as a client does. */
  send(request: object, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
  stop(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

const answerBody = z.strictObject({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.strictObject({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        locations: z.unknown().optional(),
        extensions: z.record(z.string(), z.unknown()),
      }),
    )
    .optional(),
  extensions: z.unknown().optional(),
});

export type AnswerBody = z.infer<typeof answerBody>;

/** A subgraph as composition needs it. */
export interface ComposedSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly url: string;
}

/** For `describe.each`: what does not depend on who executes a plan. */
export const BOTH_WAYS = [
  { way: 'from a compiled plan', compilePlans: true },
  { way: "by Apollo's executor", compilePlans: false },
];

export const ROUTER_SECRET = 'a-credential-of-the-gateway-for-tests';

/** Composes a supergraph. */
export function compose(subgraphs: readonly ComposedSubgraph[]): string {
  const result = composeServices(subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: parse(sdl) })));
  if (result.errors) throw new Error(result.errors.map(String).join('\n'));
  return result.supergraphSdl;
}

/** Writes a file into a folder of its own. */
export async function temporaryFile(
  name: string,
  content: string,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
  const path = join(folder, name);
  await writeFile(path, content);
  return { path, remove: () => rm(folder, { recursive: true }) };
}

/** Nothing that is not about limits meets one. */
export const ROOMY_LIMITS: OperationLimits = {
  tokens: 5_000,
  selections: 5_000,
  depth: 100,
  aliases: 5_000,
  rootFields: 5_000,
  directives: 5_000,
  introspectionDepth: 100,
  listItems: 5_000,
  cost: 1_000_000,
};

/** A configuration as development has it. */
export function testConfig(config: Partial<GatewayConfig> & Pick<GatewayConfig, 'supergraphPath'>): GatewayConfig {
  return {
    logLevel: 'trace',
    traces: null,
    host: '127.0.0.1',
    port: 0,
    admin: null,
    reloadIntervalMs: 20,
    routerSecret: ROUTER_SECRET,
    subgraphUrls: {},
    plainHttpToSubgraphs: true,
    // Nobody is there: a test that needs keys says where they are.
    authUrl: 'http://127.0.0.1:9',
    tokens: { issuer: 'http://localhost:4000', audience: 'identity-supergraph' },
    subgraphTimeoutMs: 5_000,
    subgraphMutationTimeoutMs: 5_000,
    requestTimeoutMs: 10_000,
    subgraphMaxQueue: 1_000,
    maxConcurrentRequests: 2_000,
    requestsByNetwork: [],
    subgraphKeepAliveMs: 4_000,
    trustedProxyHops: 0,
    bodyLimitBytes: 65_536,
    maxAnswerBytes: 2_097_152,
    maxEntitiesPerCall: 100,
    limits: ROOMY_LIMITS,
    persistedOperations: { mode: 'off', manifests: [] },
    introspection: true,
    sandbox: true,
    altair: true,
    corsOrigins: [],
    refreshCookieSubgraph: null,
    compilePlans: true,
    drainDelayMs: 0,
    shutdownGraceMs: 5_000,
    ...config,
  };
}

/** Starts a gateway before the given subgraphs. */
export async function startGateway(
  subgraphs: readonly ComposedSubgraph[],
  config: Partial<GatewayConfig> = {},
  dependencies: Omit<GatewayDependencies, 'logger'> = {},
): Promise<TestGateway> {
  const file = await temporaryFile('supergraph.graphql', compose(subgraphs));
  const log: string[] = [];
  const logger = createLogger({
    service: 'gateway',
    level: 'trace',
    destination: { write: (line) => void log.push(line) },
  });
  const app = createGatewayApp(testConfig({ supergraphPath: file.path, ...config }), { ...dependencies, logger });
  const url = await app.start();
  return {
    url,
    log,
    async replaceSupergraph(sdl) {
      await writeFile(`${file.path}.draft`, sdl);
      await rename(`${file.path}.draft`, file.path);
    },
    reload: () => app.reload(),
    async send(request, headers = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(request),
      });
      return { status: response.status, headers: response.headers, body: await bodyOf(response) };
    },
    async stop() {
      await app.close();
      await file.remove();
    },
  };
}

/** Reads an answer, which must be JSON of the form that GraphQL prescribes. */
export async function bodyOf(response: Response): Promise<AnswerBody> {
  return answerBody.parse(await response.json());
}
