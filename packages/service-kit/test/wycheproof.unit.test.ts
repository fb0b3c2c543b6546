import { readFileSync } from 'node:fs';
import { readCompactJws, verifySignature } from '@identity/service-kit/compact-jws';
import { parseKeySet } from '@identity/service-kit/jwks';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const vectors = z
  .object({
    numberOfTests: z.number(),
    testGroups: z.array(
      z.object({
        comment: z.string(),
        private: z.record(z.string(), z.unknown()),
        public: z.record(z.string(), z.unknown()).optional(),
        tests: z.array(
          z.object({
            tcId: z.number(),
            comment: z.string(),
            result: z.enum(['valid', 'invalid']),
            // One test has the JSON serialization, as an object.
            jws: z.union([z.string(), z.object({}).transform((object) => JSON.stringify(object))]),
          }),
        ),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('vectors/wycheproof-json-web-signature.json', import.meta.url), 'utf8')));

type Group = (typeof vectors.testGroups)[number];

/** jsonwebtoken takes a JWS without any payload for malformed, and rightly so: no JWT is empty (RFC 7519, section 7.2). */
const EMPTY_PAYLOAD = 259;

/** The keys of a group, read the way the keys of an issuer are. Secret keys are refused by that alone. */
function keysOf({ public: publicKey }: Group) {
  return publicKey === undefined ? [] : [...parseKeySet({ keys: [{ kid: 'unnamed', ...publicKey }] }).values()];
}

function isAccepted(group: Group, token: string): boolean {
  const jws = readCompactJws(token);
  return jws !== null && keysOf(group).some((key) => verifySignature(jws, key));
}

const supported = vectors.testGroups.filter((group) => keysOf(group).length > 0);
const unsupported = vectors.testGroups.filter((group) => keysOf(group).length === 0);
const testsOf = (groups: readonly Group[]) =>
  groups.flatMap((group) => group.tests.map((test) => ({ ...test, group, name: `${test.tcId} ${test.comment}` })));

describe('the JSON Web Signature vectors of Wycheproof', () => {
  it('are all there', () => {
    expect(testsOf(vectors.testGroups)).toHaveLength(vectors.numberOfTests);
    expect(supported.map(({ comment, tests }) => [comment, tests.length])).toEqual([
      ['es256', 15],
      ['rs256', 226],
      ['rs256', 5],
      ['rfc7520', 1],
      ['rfc7520WithKeyOps', 1],
      ['SpecialCaseEs256', 24],
    ]);
  });

  it.each(testsOf(supported))('for our algorithms come out as they should: $name', ({ group, tcId, jws, result }) => {
    expect(isAccepted(group, jws)).toBe(result === 'valid' && tcId !== EMPTY_PAYLOAD);
  });

  it.each(testsOf(unsupported))('for other algorithms and uses of keys are refused: $name', ({ group, jws }) => {
    expect(isAccepted(group, jws)).toBe(false);
  });

  it('refuse a secret key where public ones belong', () => {
    const secrets = vectors.testGroups.map((group) => group.private);
    const accepted = secrets.filter((jwk) => {
      try {
        parseKeySet({ keys: [jwk] });
        return true;
      } catch {
        return false;
      }
    });
    expect(accepted).toEqual([]);
  });
});

/**
 * Without a key for HS256 nothing is left to say of the group `base64`, so what it shows is shown of the reading of a
 * JWS, before any signature. 367 and 370 are letter for letter the valid test 357: their padding has been lost.
 */
describe('the base64 vectors of Wycheproof', () => {
  const group = vectors.testGroups.find(({ comment }) => comment === 'base64');
  const jwsOf = (id: number) => group?.tests.find(({ tcId }) => tcId === id)?.jws ?? '';

  it.each([360, 361, 362, 363, 364, 365, 366, 368, 369, 371, 374, 375])('%d is no JWS', (id) => {
    expect(readCompactJws(jwsOf(id))).toBeNull();
  });

  it.each([372, 373])('%d is no JWS, although it may be read by skipping what is no base64', (id) => {
    expect(readCompactJws(jwsOf(id))).toBeNull();
  });

  it.each([376, 377])('%d is no JWS here, because our headers have no white space', (id) => {
    expect(readCompactJws(jwsOf(id))).toBeNull();
  });

  it.each([367, 370])('%d is no JWS with the padding that it is named for', (id) => {
    const [header = '', payload = '', signature = ''] = jwsOf(id).split('.');
    expect(jwsOf(id)).toBe(jwsOf(357));
    for (const padded of [`${header}=.${payload}.${signature}`, `${header}.${payload}==.${signature}`, `${jwsOf(id)}=`])
      expect(readCompactJws(padded)).toBeNull();
    expect(readCompactJws(jwsOf(id))?.payload.toString()).toBe('Test');
  });
});
