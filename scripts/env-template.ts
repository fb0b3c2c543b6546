import { parseEnv } from 'node:util';
import { ToolError } from './tool-error.js';

/**
 * Gives values to the variables that a template leaves empty.
 *
 * @throws ToolError when the template has no empty line for one of them.
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name}=$`, 'm');
    if (!line.test(text)) throw new ToolError(`.env.example: there is no line "${name}=" to fill in`);
    return text.replace(line, () => `${name}=${value}`);
  }, template);
}

/** Those of the named variables that have no value in an environment file. */
export function unsetVariables(text: string, names: readonly string[]): readonly string[] {
  const values = parseEnv(text);
  return names.filter((name) => (values[name] ?? '') === '');
}
