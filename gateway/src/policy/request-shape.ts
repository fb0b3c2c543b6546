import type { Request } from 'express';
import { tooComplex } from './too-complex.js';

/** Deeper than any operation or JSON value of a client; parsing and planning recurse, and so have a limit of their own. */
const MAX_NESTING = 100;

const LINE_BREAK = /\r\n|[\n\r]/;

/** Strings and comments, in which brackets mean nothing; then the brackets. */
const TOKENS = /"""[^]*?(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*|[{[(]|[}\])]/g;

/**
 * Refuses an operation, or variables, nested so deeply that reading them could exhaust the stack.
 *
 * @throws GraphQLError OPERATION_TOO_COMPLEX with the HTTP status 400.
 */
export function refuseDeepNesting(request: Request): void {
  const body: unknown = request.body;
  // In an address variables are text, whose brackets count as they do in a document.
  const texts = [...textsOf(request), request.query['variables']];
  const tooDeep = texts.some((text) => typeof text === 'string' && textNesting(text));
  if (!tooDeep && !isNestedTooDeeply(field(body, 'variables'))) return;
  throw tooComplex(`The operation is nested more than ${String(MAX_NESTING)} levels deep.`);
}

/**
 * Refuses an operation of very many lines: graphql-js counts the lines before each of up to a hundred mistakes anew.
 *
 * @throws GraphQLError OPERATION_TOO_COMPLEX with the HTTP status 400.
 */
export function refuseManyLines(request: Request, maxLines: number): void {
  if (textsOf(request).some((text) => typeof text === 'string' && text.split(LINE_BREAK).length > maxLines))
    throw tooComplex(`The operation has more than ${String(maxLines)} lines.`);
}

/** What may be the text of the operation. */
function textsOf({ body, query }: Request): readonly unknown[] {
  return [field(body, 'query'), query['query']];
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}

function textNesting(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[' || token === '(') depth += 1;
    else if (token === '}' || token === ']' || token === ')') depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

/** Whether variables are nested deeper than {@link refuseDeepNesting} lets them be. */
export function isNestedTooDeeply(value: unknown): boolean {
  // Level by level, because recursion is what this protects.
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTING) return true;
    const next: unknown[] = [];
    for (const item of level)
      if (typeof item === 'object' && item !== null) for (const member of Object.values(item)) next.push(member);
    level = next;
  }
  return false;
}
