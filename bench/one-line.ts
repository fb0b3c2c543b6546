/** What went wrong, for a table that is published: nothing of this machine's folders, and nothing that would end a cell. */
export function inOneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replaceAll(/(?:file:\/\/)?\/[\w./@+-]+/g, '…').replaceAll(/[\s|]+/g, ' ');
  return line.trim().slice(0, 160);
}
