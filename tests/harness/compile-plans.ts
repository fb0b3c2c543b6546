declare global {
  /** Set by the Jest project in which Apollo executes plans. */
  var COMPILE_PLANS: 'false' | undefined;
}

/** The setting of the gateway; empty for its default. */
export function compilePlans(): string {
  return globalThis.COMPILE_PLANS ?? process.env['COMPILE_PLANS'] ?? '';
}
