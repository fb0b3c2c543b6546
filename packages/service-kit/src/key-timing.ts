/**
 * How soon a change of the signing keys is known everywhere. From these follow the waiting times of a rotation, so
 * they stand together.
 */
export const keyTiming = {
  /** How long anybody may cache the published keys (`cache-control: max-age`), in seconds. */
  maxAgeSeconds: 30,
  /** When a verifier fetches the keys again beside its work, in milliseconds since it last did. */
  refreshAfter: 30_000,
  /** When it waits for that, a moment, before it accepts a token: the bound on the life of a removed key. */
  refreshFirstAfter: 60_000,
  /** When it accepts no token any more because the keys could not be fetched. */
  unusableAfter: 300_000,
  /** How often the keys are fetched at most: a flood of unknown key ids must not become a flood of requests. */
  minRefetchInterval: 10_000,
} as const;
