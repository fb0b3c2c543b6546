import { meets, type AccessDemand } from '@identity/service-kit/access-demands';
import { refusalOf, type Authentication } from '@identity/service-kit/authentication';
import { forbidden, type PublicError } from '@identity/service-kit/errors';
import type { FieldNode } from 'graphql';
import type { GatedOperation } from './gated-operation.js';

/** What of an operation a caller is denied. */
export interface Denial {
  /** What every denied field is refused with; the same as the subgraphs would say. */
  readonly refusal: PublicError;
  readonly isDenied: (node: FieldNode) => boolean;
  /** The same for callers who are denied the same fields of the operation. */
  readonly key: string;
}

/** Decides what of an operation a caller is denied; null when nothing is. */
export function denialOf({ gates, demands }: GatedOperation, authentication: Authentication): Denial | null {
  const isUnmet = (demand: AccessDemand): boolean =>
    authentication.kind !== 'authenticated' || !meets(authentication.viewer, demand);
  const unmet = new Set(demands.filter(isUnmet));
  if (unmet.size === 0) return null;
  return {
    refusal: authentication.kind === 'authenticated' ? forbidden() : refusalOf(authentication),
    isDenied: (node) => gates.get(node)?.some((demand) => unmet.has(demand)) ?? false,
    key: demands.map((demand) => (unmet.has(demand) ? 'x' : '-')).join(''),
  };
}
