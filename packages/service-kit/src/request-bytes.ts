import type { IncomingMessage } from 'node:http';

/** A body that is not what it should be. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';

  readonly status: number;

  /** @param status - The HTTP status of the answer: 400 or 413. */
  constructor(status: number) {
    super('the body cannot be read');
    this.status = status;
  }
}

/**
 * Reads the body of a request to its end. Of one that is too large the rest is thrown away as it comes, so that the caller
 * can read its answer.
 *
 * @throws {@link UnreadableBody} 413 when it is too large, 400 when the caller is gone before its end.
 */
export function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let hasEnded = false;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.once('end', () => {
      hasEnded = true;
      const [first = Buffer.of()] = chunks;
      if (size > maxBytes) reject(new UnreadableBody(413));
      else resolve(chunks.length > 1 ? Buffer.concat(chunks) : first);
    });
    const unfinished = () => {
      if (!hasEnded) reject(new UnreadableBody(400));
    };
    request.once('error', unfinished).once('close', unfinished);
  });
}

/**
 * Parses the body of a GraphQL request; an empty one is an empty object.
 *
 * @throws {@link UnreadableBody} 400 when it is no JSON object or array.
 */
export function parseBody(text: string): object {
  if (text === '') return {};
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null) throw new UnreadableBody(400);
  return body;
}

/** Says less than JSON.parse, whose errors quote the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableBody(400);
  }
}
