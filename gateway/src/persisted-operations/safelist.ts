import { createHash } from 'node:crypto';
import type { ApolloServerPlugin, GraphQLRequest } from '@apollo/server';
import { isRecord } from '@identity/service-kit/json';
import type { Logger } from '@identity/service-kit/logger';
import type { ErrorCode } from '@identity/service-kit/errors';
import type { TextCache } from '../bounded-cache.js';
import type { GatewayContext } from '../context.js';
import type { Manifest } from './manifest.js';

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

/** As the draft of GraphQL over HTTP on persisted documents writes a digest. */
const DIGEST_PREFIX = 'sha256:';

/**
 * Creates the store in which Apollo Server looks for operations by their ids. The manifest comes first; where it is
 * required, there is nothing else, and nothing that a client sends is kept.
 *
 * @param sent - Keeps what clients have sent, by its digest.
 */
export function createOperationStore({ mode, manifest }: SafelistOptions, sent: TextCache): TextCache {
  if (mode === 'log')
    return { ...sent, get: (key) => Promise.resolve(manifest.textOf(idIn(key))).then((text) => text ?? sent.get(key)) };
  return {
    get: (key) => Promise.resolve(manifest.textOf(idIn(key))),
    set: () => Promise.resolve(),
    delete: () => Promise.resolve(false),
  };
}

/** Apollo Server puts its own mark before the id. */
function idIn(key: string): string {
  return key.replace(/^apq:/, '');
}

/**
 * Holds operations against the manifest. Ids come as `documentId` or, as Apollo's clients send them, as
 * `extensions.persistedQuery.sha256Hash`. What is refused is answered like an unknown id, so that clients need to know
 * one answer only, and before its text has been parsed.
 */
export function safelistOperations({ mode, manifest, logger }: SafelistOptions): ApolloServerPlugin<GatewayContext> {
  function isRefused({ query }: GraphQLRequest): boolean {
    return mode === 'require' && query !== undefined && !manifest.has(query);
  }

  return {
    requestDidStart({ request }) {
      const id = isRefused(request) ? ID_OF_NOTHING : documentIdOf(request);
      if (id !== null) {
        delete request.query;
        request.extensions = { ...request.extensions, persistedQuery: { version: 1, sha256Hash: id } };
      }
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

/** Null when the request has its text with it, or no such id. */
function documentIdOf({ query, http }: GraphQLRequest): string | null {
  if (query !== undefined || http === undefined) return null;
  const id =
    http.method === 'GET'
      ? new URLSearchParams(http.search).get('documentId')
      : isRecord(http.body) && http.body['documentId'];
  return typeof id === 'string' ? id.replace(DIGEST_PREFIX, '') : null;
}

/** By it whoever has the clients' sources finds the operation. What a text quotes could be guessed from a digest. */
function digestOf(text: string): { readonly sha256?: string } {
  return text.includes('"') ? {} : { sha256: createHash('sha256').update(text).digest('hex') };
}
