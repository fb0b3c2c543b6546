/** What is known of an exchange that brought no GraphQL answer. */
export interface FailedExchange {
  /** The HTTP status; null when there was no response at all. */
  readonly status: number | null;
  /** The beginning of the response's body; empty when there was none. */
  readonly bodyExcerpt: string;
  readonly cause?: unknown;
}

/** No GraphQL answer came back: the network failed, or something other than a GraphQL server answered. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly status: number | null;
  readonly bodyExcerpt: string;

  constructor(message: string, { status, bodyExcerpt, cause }: FailedExchange) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.bodyExcerpt = bodyExcerpt;
  }
}
