import { createHash } from 'node:crypto';
import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { isRecord } from '@identity/service-kit/json';
import type { Logger } from '@identity/service-kit/logger';
import type { ErrorCode } from '@identity/service-kit/errors';
import type { GatewayContext } from '../context.js';
import { bareIdOf, type Manifest } from './manifest.js';

/** What becomes of operations that are in no manifest: `log` runs and reports them, `require` refuses them. */
export type SafelistMode = 'log' | 'require';

/** What a safelist is made from. */
export interface SafelistOptions {
  readonly mode: SafelistMode;
  readonly manifest: Manifest;
  readonly logger: Logger;
}

const NOT_FOUND: ErrorCode = 'PERSISTED_QUERY_NOT_FOUND';

/** No manifest has this id. */
const ID_OF_NOTHING = '';

/**
 * Holds operations against the manifest. Ids come as `documentId` or, as Apollo's clients send them, as
 * `extensions.persistedQuery.sha256Hash`. What is refused is answered like an unknown id, so that clients need to know
 * one answer only, and before its text has been parsed.
 */
export function safelistOperations({ mode, manifest, logger }: SafelistOptions): ApolloServerPlugin<GatewayContext> {
  function resolve(request: GraphQLRequest): void {
    if (request.query === undefined) resolveId(request);
    else if (mode === 'require' && manifest.has(request.query)) askById(request, null);
    else if (mode === 'require') {
      delete request.query;
      askById(request, ID_OF_NOTHING);
    }
  }

  /** Apollo Server shall see the text alone: a later version of the manifest may give its id to another one. */
  function resolveId(request: GraphQLRequest): void {
    const id = idOf(request);
    const text = id === null ? undefined : manifest.textOf(id);
    if (text === undefined) {
      if (id !== null) askById(request, bareIdOf(id));
    } else {
      request.query = text;
      askById(request, null);
    }
  }

  return {
    requestDidStart({ request }) {
      resolve(request);
      return Promise.resolve({
        didResolveOperation({ source, contextValue: { requestId } }) {
          if (mode === 'log' && !manifest.has(source))
            logger.warn({ requestId, ...digestOf(source) }, 'an operation is in no manifest');
          return Promise.resolve();
        },
        willSendResponse({ response: { http, body } }) {
          const errors = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
          // Apollo Server answers 200, because a client would then send the text, which is of no use here.
          if (mode === 'require' && errors.some(({ extensions }) => extensions?.['code'] === NOT_FOUND))
            http.status = 400;
          return Promise.resolve();
        },
      });
    },
  };
}

/** The id of a request without a text; null when there is none either. */
function idOf({ http, extensions }: GraphQLRequest): string | null {
  const persistedQuery: unknown = extensions?.['persistedQuery'];
  const ofApollo = isRecord(persistedQuery) && persistedQuery['version'] === 1 && persistedQuery['sha256Hash'];
  if (typeof ofApollo === 'string') return ofApollo;
  const inBody = isRecord(http?.body) ? http.body['documentId'] : null;
  const id = http?.method === 'GET' ? new URLSearchParams(http.search).get('documentId') : inBody;
  return typeof id === 'string' ? id : null;
}

/** Makes Apollo Server look for an operation by its id, or, with null, take the text. */
function askById(request: GraphQLRequest, id: string | null): void {
  const persistedQuery = id === null ? undefined : { version: 1, sha256Hash: id };
  request.extensions = { ...request.extensions, persistedQuery };
}

/** By it whoever has the clients' sources finds the operation. What a text quotes could be guessed from a digest. */
function digestOf(text: string): { readonly sha256?: string } {
  return text.includes('"') ? {} : { sha256: createHash('sha256').update(text).digest('hex') };
}
