import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { findBreakingChanges, judgeChanges } from './breaking-changes.js';
import { parseChangeNote, type ChangeNote } from './change-note.js';
import { PROJECT_ROOT, readText } from './project-files.js';
import { runTool, ToolError } from './tool-error.js';

const API_FILE = 'schema/api.graphql';
const NOTES = 'schema/changes';

await runTool(async () => {
  const { values } = parseArgs({ options: { base: { type: 'string' } } });
  const after = await readText(API_FILE);
  const base = values.base === undefined ? baseOf(after) : demandCommit(values.base);
  const before = base === undefined ? undefined : git('show', `${base}:${API_FILE}`);
  if (base === undefined || before === undefined) {
    console.log(`No earlier ${API_FILE} to compare with (first commit, shallow clone or no git): nothing can break`);
    return;
  }
  const changes = judgeChanges(await findBreakingChanges(before, after), await notesSince(base));
  for (const { message, allowedBy } of changes.filter((change) => change.allowedBy !== undefined)) {
    console.log(`breaking, allowed by ${String(allowedBy)}: ${message}`);
  }
  const refused = changes.filter(({ allowedBy }) => allowedBy === undefined);
  if (refused.length > 0) {
    const lines = refused.map(({ coordinate, message }) => `  ${coordinate}: ${message}`);
    throw new ToolError(
      [`${API_FILE} breaks clients, compared with ${base}:`, ...lines, `See ${NOTES}/README.md.`].join('\n'),
    );
  }
  console.log(`${API_FILE} breaks no client without a note, compared with ${base}`);
});

/** The state before the change that is being looked at: the last commit, or the one before if nothing has changed since. */
function baseOf(after: string): string | undefined {
  const head = git('show', `HEAD:${API_FILE}`);
  return git('rev-parse', '--short', '--verify', head === after ? 'HEAD~1^{commit}' : 'HEAD^{commit}')?.trim();
}

function demandCommit(name: string): string {
  const commit = git('rev-parse', '--short', '--verify', '--end-of-options', `${name}^{commit}`)?.trim();
  if (commit === undefined) {
    throw new ToolError(`--base ${name}: there is no such commit here`);
  }
  return commit;
}

/** Only notes of the same range count: an old one must not allow a new break. */
function notesSince(base: string): Promise<readonly ChangeNote[]> {
  const changed = git('diff', '-z', '--name-only', '--diff-filter=d', base, '--', NOTES) ?? '';
  const untracked = git('ls-files', '-z', '--others', '--exclude-standard', '--', NOTES) ?? '';
  const files = `${changed}\0${untracked}`.split('\0');
  const notes = files.filter((file) => file.endsWith('.md') && file !== `${NOTES}/README.md`);
  return Promise.all(notes.map(async (file) => parseChangeNote(file, await readText(file))));
}

/** The output of a git command, or undefined when it fails: without git there is simply nothing to compare with. */
function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}
