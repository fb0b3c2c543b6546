import { claims, times } from './forged-claims.js';
import { algorithms, headers, keyIds } from './forged-headers.js';
import { signatures, spellings } from './forged-texts.js';
import type { ForgedToken, Forger, ForgeryRow } from './forger.js';

type Table = (forger: Forger) => readonly ForgeryRow[];

/** Every forged, malformed or misused token of the suite. */
export function forgedTokens(forger: Forger): readonly ForgedToken[] {
  return rowsOf([algorithms, keyIds, headers, claims, times, spellings, signatures], forger);
}

/** Those of them for which it matters what kind of key the issuer has. */
export function forgedSignatures(forger: Forger): readonly ForgedToken[] {
  return rowsOf([algorithms, keyIds, headers, signatures], forger);
}

function rowsOf(tables: readonly Table[], forger: Forger): readonly ForgedToken[] {
  return tables
    .flatMap((table) => table(forger))
    .map(([name, token, more]) => ({ name, token, refusal: 'TOKEN_INVALID', ...more }));
}
