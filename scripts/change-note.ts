import { parseDocument } from 'yaml';
import { ToolError } from './tool-error.js';

/** A note that lets named breaking changes of the API pass. */
export interface ChangeNote {
  readonly file: string;
  /** Schema coordinates such as `User.email` or `User.sessions.first`. */
  readonly allows: readonly string[];
}

const FRONT_MATTER = /^---\n(.*?)\n---\n(.*)$/s;
const COORDINATE = /^@?[_A-Za-z][_0-9A-Za-z]*(\.[_A-Za-z][_0-9A-Za-z]*)*$/;

/**
 * Reads a note: front matter with nothing but `allows`, then the reason. The format is in `schema/changes/README.md`.
 *
 * @throws ToolError naming the file and what is wrong with it.
 */
export function parseChangeNote(file: string, text: string): ChangeNote {
  const [, frontMatter, reason] = FRONT_MATTER.exec(text.replaceAll('\r\n', '\n')) ?? [];
  if (frontMatter === undefined || reason === undefined) {
    throw new ToolError(`${file}: must begin with front matter between two lines of ---`);
  }
  if (reason.trim() === '') {
    throw new ToolError(`${file}: says nothing after the front matter; give the reason and what clients do instead`);
  }
  return { file, allows: parseAllows(file, frontMatter) };
}

function parseAllows(file: string, frontMatter: string): readonly string[] {
  const document = parseDocument(frontMatter, { prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    throw new ToolError(`${file}: the front matter is not YAML: ${error.message}`);
  }
  const value: unknown = document.toJS();
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'allows' || !('allows' in value)) {
    throw new ToolError(`${file}: the front matter must have the key \`allows\` and no other`);
  }
  const { allows } = value;
  if (!Array.isArray(allows) || allows.length === 0) {
    throw new ToolError(`${file}: allows must list at least one change`);
  }
  const coordinates = allows.map((entry: unknown) => coordinateOf(file, entry));
  const twice = coordinates.find((coordinate, index) => coordinates.indexOf(coordinate) !== index);
  if (twice !== undefined) {
    throw new ToolError(`${file}: allows lists ${twice} twice`);
  }
  return coordinates;
}

function coordinateOf(file: string, entry: unknown): string {
  if (typeof entry !== 'string' || !COORDINATE.test(entry)) {
    throw new ToolError(`${file}: allows has ${JSON.stringify(entry)}, which is no coordinate such as User.email`);
  }
  return entry;
}
