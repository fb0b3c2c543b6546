import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { JSON_IN_UTF8 } from '@identity/service-kit/plain-post';
import { parseBody, readBytes, UnreadableBody } from '@identity/service-kit/request-bytes';
import type { RequestHandler } from 'express';

const UNPACK = new Map([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/**
 * Reads bodies that are compressed: first to their end, then unpacked at once. What unpacks while it is read takes 50 KiB for
 * each body that never ends, however few bytes of it have come.
 *
 * @param maxBytes - How long a body may be, as it is sent and unpacked.
 */
export function unpackBodies(maxBytes: number): RequestHandler {
  return (request, _response, next) => {
    const { 'content-encoding': encoding = '', 'content-type': type = '' } = request.headers;
    const unpack = UNPACK.get(encoding.toLowerCase());
    if (unpack === undefined || !JSON_IN_UTF8.test(type)) {
      next();
      return;
    }
    readBytes(request, maxBytes)
      .then((bytes) => {
        request.body = parseBody(decoder.decode(unpacked(() => unpack(bytes, { maxOutputLength: maxBytes }))));
        next();
      })
      .catch(next);
  };
}

const decoder = new TextDecoder();

function unpacked(unpack: () => Buffer): Buffer {
  try {
    return unpack();
  } catch (error) {
    throw new UnreadableBody(error instanceof RangeError ? 413 : 400);
  }
}
