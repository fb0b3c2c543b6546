import type { IncomingMessage } from 'node:http';
import { isRepeated } from './repeated-header.js';

/** The media type of such a request. */
export const JSON_IN_UTF8 = /^application\/json(?:; ?charset=utf-8)?$/i;

/**
 * Whether a request is a `POST /graphql` with JSON, spelt as most clients do it, so that it can be read without a
 * framework. Whatever is spelt in another way needs one.
 */
export function isPlainPost({ method, url, httpVersion, headers, rawHeaders }: IncomingMessage): boolean {
  return (
    method === 'POST' &&
    url === '/graphql' &&
    httpVersion === '1.1' &&
    JSON_IN_UTF8.test(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    headers.host !== undefined &&
    !isRepeated('host', rawHeaders)
  );
}
