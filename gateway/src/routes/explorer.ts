import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { getDistDirectory, isSandboxFrame, renderAltair, SANDBOX_FRAME_CSP } from 'altair-static';
import express, { Router } from 'express';
import type { GatewayContext } from '../context.js';

const EXAMPLES_FILE = fileURLToPath(new URL('../../examples/operations.graphql', import.meta.url));

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

/** `/altair`: an explorer that is served from here with everything it needs. */
export function altairRoutes(endpoint: string, examples: string): Router {
  // One tab for all examples: what is entered as Authorization header then serves them all.
  const page = renderAltair({
    baseURL: '/altair/',
    endpointURL: endpoint,
    initialName: 'Examples',
    initialQuery: examples,
    disableAccount: true,
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
