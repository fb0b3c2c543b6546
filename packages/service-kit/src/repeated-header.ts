/**
 * Whether a header comes more than once. Of some headers, `Host` and `Authorization` among them, Node.js shows the first
 * one only, and another server the last one.
 *
 * @param name - In lower case.
 */
export function isRepeated(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) count += 1;
  }
  return count > 1;
}
