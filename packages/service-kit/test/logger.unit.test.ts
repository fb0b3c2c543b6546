import { createLogger } from '@identity/service-kit/logger';
import { describe, expect, it } from '@jest/globals';

const CANARY = 'canary-7f3a';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ service: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } }));
  return lines.join('');
}

describe('the log', () => {
  it.each([
    [{ password: CANARY }],
    [{ input: { password: CANARY } }],
    [{ variables: { input: { newPassword: CANARY } } }],
    [{ headers: { authorization: CANARY } }],
    [{ headers: { 'router-authorization': CANARY } }],
    [{ tokens: { accessToken: CANARY, refreshToken: CANARY } }],
    [{ account: { email: CANARY } }],
  ])('redacts %j', (fields) => {
    const line = logged((logger) => {
      logger.info(fields, 'something');
    });
    expect(line).toContain('something');
    expect(line).not.toContain(CANARY);
  });

  it('keeps of a database error its kind, code and place, and neither values nor statements', () => {
    const driverError = Object.assign(new Error(`Duplicate entry '${CANARY}' for key 'email'`), {
      code: 'ER_DUP_ENTRY',
    });
    const error = Object.assign(new Error(driverError.message), {
      parent: driverError,
      sql: `INSERT '${CANARY}'`,
      parameters: [CANARY],
    });
    const line = logged((logger) => {
      logger.error({ err: error }, 'failed');
    });
    expect(line).toContain('ER_DUP_ENTRY');
    expect(line).toContain('logger.unit.test.ts');
    expect(line).not.toContain(CANARY);
  });

  it('keeps the message and the cause of any other error, and no further fields', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { response: CANARY });
    const line = logged((logger) => {
      logger.error({ err: error }, 'failed');
    });
    expect(line).toMatch(/outer.*inner/);
    expect(line).not.toContain(CANARY);
  });
});
