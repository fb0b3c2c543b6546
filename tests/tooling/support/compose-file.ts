import { parse } from 'yaml';
import { readText } from '../../../scripts/project-files.js';
import { mapping, type Mapping } from './mapping.js';

/** The services of docker-compose.yml, by name. */
export type ComposeServices = Readonly<Record<string, Mapping>>;

/** Reads docker-compose.yml with its references to variables as they are written. */
export async function readComposeFile(): Promise<Mapping> {
  return mapping(parse(await readText('docker-compose.yml'), { merge: true }));
}

/** The services of a compose file. */
export function servicesOf(file: Mapping): ComposeServices {
  return Object.fromEntries(Object.entries(mapping(file['services'])).map(([name, value]) => [name, mapping(value)]));
}

/** The environment that a service gets, as Compose would fill it in. */
export function environmentOf(service: Mapping | undefined, variables: NodeJS.Dict<string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mapping(service?.['environment'])).map(([name, value]) => [
      name,
      interpolate(String(value), variables),
    ]),
  );
}

/**
 * Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?message}` as Compose does.
 *
 * @throws Error with the message when a demanded variable has no value, and for anything that is written differently.
 */
export function interpolate(text: string, variables: NodeJS.Dict<string>): string {
  return text.replaceAll(
    /\$(?:(\$)|\{(\w+)(?::([-?])([^}]*))?\}|)/g,
    (_all, dollar?: string, name?: string, operator?: string, argument: string | undefined = '') => {
      if (dollar !== undefined) return '$';
      if (name === undefined) throw new Error(`A lone dollar in ${JSON.stringify(text)}`);
      const value = variables[name] ?? '';
      if (value !== '') return value;
      if (operator === '?') throw new Error(`${name} ${argument}`);
      return operator === '-' ? argument : '';
    },
  );
}

/** The names of all variables that a text refers to. */
export function referencesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name = '']) => name))];
}
