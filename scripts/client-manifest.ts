import { createHash } from 'node:crypto';
import * as generated from '@identity/client/__generated__/operations';
import { Kind, print } from 'graphql';

/** Where the manifest of the client's operations is; the name is the one that Apollo's tools give to theirs. */
export const CLIENT_MANIFEST_FILE = 'packages/client/persisted-query-manifest.json';

/**
 * Writes the operations of the client as a manifest, each just as the client sends it, and by its digest as clients of
 * Apollo compute one.
 */
export function clientManifest(): string {
  const operations = Object.values(generated).flatMap((document) => {
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) return [];
    const body = print(document);
    const id = createHash('sha256').update(body).digest('hex');
    return [{ id, name: operation.name?.value ?? '', type: operation.operation, body }];
  });
  return `${JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }, null, 2)}\n`;
}
