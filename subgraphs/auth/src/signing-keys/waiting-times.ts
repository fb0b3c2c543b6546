import { CLOCK_LEEWAY_SECONDS, MAX_ACCESS_TOKEN_LIFETIME_SECONDS } from '@identity/service-kit/access-token';
import { keyTiming } from '@identity/service-kit/key-timing';

/** For services that notice a changed folder late, and clocks that differ, in milliseconds. */
const MARGIN_MS = 30_000;

/**
 * How long a key is published before it signs, in milliseconds: by then every verifier has fetched it, or has not
 * fetched for so long that it accepts no token at all.
 */
export const ANNOUNCEMENT_MS = keyTiming.unusableAfter + keyTiming.maxAgeSeconds * 1_000 + MARGIN_MS;

/**
 * How long a key verifies after it has signed for the last time, in milliseconds. Not as long as tokens live today,
 * but as long as they can live at all: some may have been issued under another setting.
 */
export const RETIREMENT_MS = (MAX_ACCESS_TOKEN_LIFETIME_SECONDS + CLOCK_LEEWAY_SECONDS) * 1_000 + MARGIN_MS;
