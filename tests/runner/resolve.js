const globals = new URL('./globals.ts', import.meta.url).href;

/** Outside of Jest's own module system its package only throws. */
export function resolve(specifier, context, nextResolve) {
  return nextResolve(specifier === '@jest/globals' ? globals : specifier, context);
}
