import { printValue, toJson } from '../harness/canary-values.js';
import { UNIQUE, type Damage, type FuzzedOperation, type Given, type Selection } from './operations.js';

/** An operation as it is sent. */
export interface WrittenOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Writes an operation down. */
export function write({ kind, selections, damage }: FuzzedOperation): WrittenOperation {
  const declarations: string[] = [];
  const variables: Record<string, unknown> = {};
  const fragments: string[] = [];

  let names = 0;
  const nextName = (): string => `u${String((names += 1))}`;

  function writeAll(all: readonly Selection[]): string {
    return `{ ${all.map(writeOne).join(' ')} }`;
  }

  function writeOne(selection: Selection): string {
    if (selection.kind === 'field') {
      const { alias, name, given, directive, below } = selection;
      const written = given.map((argument) => `${argument.name}: ${writeValue(argument)}`);
      return [
        alias === null ? '' : `${alias === UNIQUE ? nextName() : alias}: `,
        name,
        written.length === 0 ? '' : `(${written.join(', ')})`,
        directive,
        below === null ? '' : ` ${writeAll(below)}`,
      ].join('');
    }
    const { on, written, directive, below } = selection;
    if (written) return `... on ${on}${directive} ${writeAll(below)}`;
    const name = `F${String(fragments.length)}`;
    // Takes its number before those below it.
    const index = fragments.push('') - 1;
    fragments[index] = `fragment ${name} on ${on} ${writeAll(below)}`;
    return `...${name}${directive}`;
  }

  function writeValue({ type, value, as }: Given): string {
    if (as === 'literal') return printValue(value);
    const name = `v${String(declarations.length)}`;
    declarations.push(`$${name}: ${type}${as === 'default' ? ` = ${printValue(value)}` : ''}`);
    if (as === 'variable') variables[name] = toJson(value);
    return `$${name}`;
  }

  const body = writeAll(selections);
  const head = declarations.length === 0 ? '' : ` (${declarations.join(', ')})`;
  return { query: damaged([`${kind}${head} ${body}`, ...fragments].join('\n'), damage), variables };
}

function damaged(text: string, damage: Damage | null): string {
  if (damage === null) return text;
  const at = damage.at % text.length;
  return text.slice(0, at) + damage.insert + text.slice(at + damage.length);
}
