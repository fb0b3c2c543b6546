import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { getDistDirectory, isSandboxFrame, renderAltair, SANDBOX_FRAME_CSP } from 'altair-static';
import express, { Router } from 'express';
import { Kind, parse } from 'graphql';
import type { GatewayContext } from '../context.js';

const EXAMPLES_FILE = fileURLToPath(new URL('../../examples/operations.graphql', import.meta.url));

/** An operation to start from. */
interface Example {
  readonly name: string;
  /** The operation with the comments before it. */
  readonly source: string;
}

/** Reads the operations that the explorers offer. */
export async function readExamples(): Promise<string> {
  return readFile(EXAMPLES_FILE, 'utf8');
}

/**
 * What a browser gets at the GraphQL endpoint: Apollo Sandbox, loaded from Apollo's servers, or nothing.
 *
 * It is embedded in a page of the gateway, so that it calls the gateway from its own origin.
 */
export function landingPage(sandbox: boolean, examples: string): ApolloServerPlugin<GatewayContext> {
  if (!sandbox) return ApolloServerPluginLandingPageDisabled();
  return ApolloServerPluginLandingPageLocalDefault({ document: examples, embed: { runTelemetry: false } });
}

/** `/altair`: an explorer that is served from here with everything it needs, one tab for each example. */
export function altairRoutes(endpoint: string, examples: string): Router {
  const page = renderAltair({
    baseURL: '/altair/',
    endpointURL: endpoint,
    disableAccount: true,
    initialWindows: examplesOf(examples).map(({ name, source }) => ({ initialName: name, initialQuery: source, endpointURL: endpoint })),
  });
  const files = express.static(getDistDirectory(), {
    index: false,
    setHeaders(response, path) {
      if (isSandboxFrame(path)) response.setHeader('content-security-policy', SANDBOX_FRAME_CSP);
    },
  });
  const router = Router();
  router.get('/altair', (_request, response) => {
    response.set('x-frame-options', 'DENY').type('html').send(page);
  });
  router.use('/altair', files);
  return router;
}

function examplesOf(document: string): readonly Example[] {
  const operations = parse(document).definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition] : []));
  return operations.map(({ name, loc }, index) => {
    const start = operations[index - 1]?.loc?.end ?? 0;
    return { name: name?.value ?? `Operation ${String(index + 1)}`, source: document.slice(start, loc?.end).trim() };
  });
}
