import { claims, times } from './forged-claims.js';
import { algorithms, headers, keyIds } from './forged-headers.js';
import { signatures, spellings } from './forged-texts.js';
import type { ForgedToken, Forger } from './forger.js';

/** Every forged, malformed or misused token of the suite. */
export function forgedTokens(forger: Forger): readonly ForgedToken[] {
  const tables = [algorithms, keyIds, headers, claims, times, spellings, signatures];
  return tables
    .flatMap((table) => table(forger))
    .map(([name, token, more]) => ({ name, token, refusal: 'TOKEN_INVALID', ...more }));
}
