import { describe, expect, it } from '@jest/globals';
import { normalizeName } from '../src/domain/identity-keys.js';

describe('a text that is too long for a name', () => {
  it('is none, whatever it is cut to', () => {
    expect(normalizeName(`ada${' '.repeat(2_000)}x`)).not.toBe('ada');
    expect(normalizeName(`ada${' '.repeat(2_000)}`)).toBe('ada');
    expect(normalizeName('\uFDFA'.repeat(2_000)).length).toBeGreaterThan(320);
  });
});
