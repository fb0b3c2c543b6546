import { ConfigurationError } from '@identity/service-kit/environment';
import { parse, stripIgnoredCharacters } from 'graphql';
import { z } from 'zod';

/** The operations that clients are built with. */
export interface Manifest {
  /** The text of an operation; undefined when there is none of this id. */
  textOf(id: string): string | undefined;
  /** Whether a text is one of the operations; spaces, line breaks and comments make no difference. */
  has(text: string): boolean;
}

/** As the draft of GraphQL over HTTP on persisted documents writes a digest. */
const DIGEST_PREFIX = /^sha256:/;

/** Both sides may write a digest with its name or without. */
export function bareIdOf(id: string): string {
  return id.replace(DIGEST_PREFIX, '');
}

const id = z.string().min(1);

/** What `@apollo/generate-persisted-query-manifest` writes, and its likes for iOS and Kotlin. */
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id, body: z.string() })),
});

/** What `persistedDocuments` of graphql-codegen's client preset writes, and Relay's compiler. */
const textsById = z.record(id, z.string());

/**
 * Reads a manifest in either of the usual forms.
 *
 * @param path - Where it is from, to say so when it is of no use.
 * @throws ConfigurationError when it is no manifest, or does not make clear what it allows.
 */
export function readManifest(content: string, path: string): Manifest {
  const operations = operationsOf(parseJson(content));
  if (operations === null) throw unusable(path, "it is neither a manifest of Apollo's kind nor texts by their ids");
  const texts = new Map<string, string>();
  const known = new Set<string>();
  for (const [operationId, text] of operations) {
    const bareId = bareIdOf(operationId);
    const compact = isDocument(text) ? compactTextOf(text) : null;
    if (compact === null) throw unusable(path, `the text of ${operationId} is not GraphQL`);
    if ((texts.get(bareId) ?? text) !== text) throw unusable(path, `${operationId} has two texts`);
    texts.set(bareId, text);
    known.add(text).add(compact);
  }
  return {
    textOf: (operationId) => texts.get(bareIdOf(operationId)),
    has: (text) => known.has(text) || known.has(compactTextOf(text) ?? ''),
  };
}

function operationsOf(json: unknown): readonly (readonly [id: string, text: string])[] | null {
  const ofApollo = apolloManifest.safeParse(json);
  if (ofApollo.success) return ofApollo.data.operations.map((operation) => [operation.id, operation.body]);
  const plain = textsById.safeParse(json);
  return plain.success ? Object.entries(plain.data) : null;
}

/** What a server has to say in place of a manifest is texts by their keys, too. */
function isDocument(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Null when a text has words or signs that GraphQL does not know. */
function compactTextOf(text: string): string | null {
  try {
    return stripIgnoredCharacters(text);
  } catch {
    return null;
  }
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}

function unusable(path: string, reason: string): ConfigurationError {
  return new ConfigurationError([`PERSISTED_OPERATIONS_MANIFEST: ${path} cannot be used: ${reason}`]);
}
