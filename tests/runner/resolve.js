const globals = new URL('./globals.js', import.meta.url).href;

/** Outside of its own module system Jest's package only throws. */
export function resolve(specifier, context, nextResolve) {
  return specifier === '@jest/globals'
    ? { url: globals, format: 'module', shortCircuit: true }
    : nextResolve(specifier, context);
}
