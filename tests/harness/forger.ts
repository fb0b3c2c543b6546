import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { signToken } from './token-forge.js';

/** A token that must be refused. */
export interface ForgedToken {
  readonly name: string;
  readonly token: string;
  readonly refusal: 'TOKEN_INVALID' | 'TOKEN_EXPIRED';
  /** It is another token than the genuine one only as a text: within a header it is the same, or cannot be sent. */
  readonly textOnly?: boolean;
}

/** What the forger has: even the key of the issuer, for tokens that were signed and are wrong nevertheless. */
export interface Forger {
  /** The key that signs, ES256 or RS256 by its type. */
  readonly privateKey: KeyObject;
  readonly kid: string;
  /** Claims of a genuine token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Seconds since 1970. */
  readonly now: number;
}

/** One forgery: its name, the token, and what is special about it. */
export type ForgeryRow = readonly [name: string, token: string, more?: Partial<ForgedToken>];

const strangers = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  RS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
};

/** The algorithm of the issuer's key, and the other one, each with a key that is nobody's. */
export function algorithmsOf({ privateKey }: Pick<Forger, 'privateKey'>): {
  readonly alg: string;
  readonly stranger: KeyObject;
  readonly otherAlg: string;
  readonly otherStranger: KeyObject;
} {
  const [alg, otherAlg] =
    privateKey.asymmetricKeyType === 'rsa' ? (['RS256', 'ES256'] as const) : (['ES256', 'RS256'] as const);
  return { alg, stranger: strangers[alg], otherAlg, otherStranger: strangers[otherAlg] };
}

/** The header of a genuine token. */
export function genuineHeader(forger: Forger): { readonly alg: string; readonly typ: string; readonly kid: string } {
  return { alg: algorithmsOf(forger).alg, typ: 'at+jwt', kid: forger.kid };
}

/** The genuine token that the forgeries imitate. */
export function genuineToken(forger: Forger): string {
  return signToken({ header: genuineHeader(forger), payload: forger.claims }, forger.privateKey);
}
