/** Of what the package has, what is needed here; it brings no types of its own. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: { readonly accept: string } });
    /** @returns What of these the client likes best; undefined when it takes none. */
    mediaType(available: readonly string[]): string | undefined;
  }
}
