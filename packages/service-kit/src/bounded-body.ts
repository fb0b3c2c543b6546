/**
 * Reads a body to its end, or until it turns out to be too large.
 *
 * @param what - Whose answer it is, for the error.
 * @throws Error when it has more than `maxBytes`; the rest is not read.
 */
export async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`${what} is too large`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
