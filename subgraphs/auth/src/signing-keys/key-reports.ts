import type { FolderKey } from './key-folder.js';
import { ANNOUNCEMENT_MS, RETIREMENT_MS } from './waiting-times.js';

const HEADINGS = ['KID', 'ALGORITHM', 'STATE', 'SINCE', 'NEXT'];

/** Lists keys, a line each, with what can be done with them and when; times in UTC. */
export function keyTable(keys: readonly FolderKey[]): string {
  const rows = [HEADINGS, ...keys.map(rowOf)];
  const widths = HEADINGS.map((_heading, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What to say of a new key. */
export function announcementReport({ kid, verification, state, since }: FolderKey): string {
  const key = `${kid} (${verification.algorithm})`;
  return state === 'signing'
    ? `${key} signs: it is the first key`
    : `${key} is announced; let it sign from ${after(since, ANNOUNCEMENT_MS)} on: npm run keys -- rotate`;
}

/** What to say of a key that has begun to sign. */
export function rotationReport({ kid, verification, since }: FolderKey): string {
  return (
    `${kid} (${verification.algorithm}) signs; the former key only verifies. ` +
    `Remove that from ${after(since, RETIREMENT_MS)} on: npm run keys -- retire`
  );
}

/** What to say of keys that are gone. */
export function retirementReport(keys: readonly FolderKey[]): string {
  return keys.length === 0 ? 'no key only verifies' : keys.map(({ kid }) => `removed ${kid}`).join('\n');
}

function rowOf({ kid, verification, state, since }: FolderKey): readonly string[] {
  const next = {
    signing: '',
    announced: `can sign from ${after(since, ANNOUNCEMENT_MS)}`,
    verifying: `can be removed from ${after(since, RETIREMENT_MS)}`,
  }[state];
  return [kid, verification.algorithm, state, since.toISOString(), next];
}

function after(time: Date, milliseconds: number): string {
  return new Date(time.getTime() + milliseconds).toISOString();
}
