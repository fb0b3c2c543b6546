import {
  allowances,
  ConfigurationError,
  flag,
  integer,
  port,
  readEnvironment,
  rotatingSecrets,
  secret,
  url,
} from '@identity/service-kit/environment';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const schema = z.object({
  PORT: port.default(4000),
  PEPPER: secret,
  SECRETS: rotatingSecrets,
  ADDRESS: url(['https']),
  COUNT: integer({ min: 1, max: 9 }),
  ON: flag.default(false),
});

const good = {
  PEPPER: 'p'.repeat(32),
  SECRETS: `${'a'.repeat(32)}, ${'b'.repeat(32)}`,
  ADDRESS: 'https://example.com',
  COUNT: '9',
};

function problemsOf(environment: Readonly<Record<string, string>>): string {
  try {
    readEnvironment(schema, environment, () => ['RULE: spans variables']);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return '';
}

describe('reading the environment', () => {
  it('converts, and takes an empty variable for an absent one', () => {
    expect(readEnvironment(schema, { ...good, PORT: '', ON: 'true' })).toEqual({
      ...good,
      PORT: 4000,
      ON: true,
      COUNT: 9,
      SECRETS: ['a'.repeat(32), 'b'.repeat(32)],
    });
  });

  it('names every problem at once, with rules that span variables, and no value', () => {
    const message = problemsOf({
      PORT: '65536',
      PEPPER: 'hunter2',
      SECRETS: 'short,also',
      ADDRESS: 'http://example.com',
      COUNT: '0x5',
      ON: 'yes',
    });
    for (const name of ['PORT', 'PEPPER', 'SECRETS', 'ADDRESS', 'COUNT', 'ON', 'RULE'])
      expect(message).toContain(`- ${name}`);
    expect(message).not.toMatch(/hunter2|short,also|example\.com|0x5/);
  });

  it.each(['1e3', ' 5', '-1', '5.0', '10'])('refuses %j as a number from 1 to 9', (value) => {
    expect(problemsOf({ ...good, COUNT: value })).toContain('COUNT');
  });
});

describe('what is allowed within a time', () => {
  it.each([
    ['5/60', [{ attempts: 5, seconds: 60 }]],
    [
      '1/1, 9999999/86400',
      [
        { attempts: 1, seconds: 1 },
        { attempts: 9_999_999, seconds: 86_400 },
      ],
    ],
  ])('is read from %j', (value, expected) => {
    expect(allowances.parse(value)).toEqual(expected);
  });

  it.each(['5', '/60', '5/', '0/60', '5/0', '-1/60', '5/86401', '1.5/60', '5/60,', '5/60;9/900', 'off', '5/60,9/60'])(
    'is not %j',
    (value) => {
      expect(allowances.safeParse(value).success).toBe(false);
    },
  );
});
