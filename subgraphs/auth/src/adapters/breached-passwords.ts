import { createHash } from 'node:crypto';
import { readBounded } from '@identity/service-kit/bounded-body';
import type { Logger } from '@identity/service-kit/logger';
import { request } from 'undici';
import type { IsBreachedPassword } from '../domain/ports.js';

/** Nobody waits longer to register than this, in milliseconds; hashing needs the rest of what a mutation may take. */
const DEADLINE_MS = 500;
/** An answer has about a thousand lines of about 40 bytes. */
const MAX_ANSWER_BYTES = 262_144;
const PREFIX_DIGITS = 5;
/** What is left of a digest, and how often its password was seen. */
const ENTRY = /^([0-9A-F]{35}):(\d{1,12})$/i;

/**
 * Asks a service that speaks the range protocol of Pwned Passwords whether a password is known from breaches. The
 * service sees 20 bits of the password's SHA-1 digest, which many thousand passwords share (k-anonymity), and answers
 * with all digests that begin so; padding hides from observers how many there are.
 *
 * A service that is away, slow or not making sense stops nobody from registering: it is logged, and the password
 * passes. Neither the password nor any part of its digest is logged.
 *
 * @param url - Where the ranges are; the first digits of the digest are appended to its path. Null to ask nobody.
 */
export function createBreachedPasswords(url: string | null, logger: Logger): IsBreachedPassword {
  if (url === null) return () => Promise.resolve(false);
  return async (password) => {
    // The digest is the protocol's choice and protects nothing.
    const digest = createHash('sha1').update(password).digest('hex').toUpperCase();
    try {
      const range = await fetchRange(rangeUrl(url, digest.slice(0, PREFIX_DIGITS)));
      return (range.get(digest.slice(PREFIX_DIGITS)) ?? 0) > 0;
    } catch (error) {
      logger.warn({ err: error }, 'a password could not be looked up among breached ones and was let pass');
      return false;
    }
  };
}

function rangeUrl(base: string, prefix: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${prefix}`;
  return url;
}

/** @returns How often each was seen, by the rest of the digest. Padding is there with 0. */
async function fetchRange(url: URL): Promise<ReadonlyMap<string, number>> {
  const { statusCode, body } = await request(url, {
    headers: { 'add-padding': 'true', 'user-agent': 'identity-supergraph' },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const text = (await readBounded(body, MAX_ANSWER_BYTES, 'the range of the service')).toString('latin1');
  if (statusCode !== 200) throw new Error(`the service answers with the status ${String(statusCode)}`);
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  return new Map(lines.map(parseEntry));
}

function parseEntry(line: string): readonly [string, number] {
  const [, rest, count] = ENTRY.exec(line) ?? [];
  if (rest === undefined || count === undefined)
    throw new Error('the service answers with something else than a range');
  return [rest.toUpperCase(), Number(count)];
}
