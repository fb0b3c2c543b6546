import { connect } from 'node:net';
import { createLibraryLog } from '@identity/service-kit/library-log';
import { createLogger, type Logger } from '@identity/service-kit/logger';
import { serializeError } from '@identity/service-kit/serialize-error';
import { describe, expect, it } from '@jest/globals';
import { GraphQLError, parse } from 'graphql';

const CANARY = 'canary-7f3a';

function logged(write: (logger: Logger) => void): string {
  const lines: string[] = [];
  write(createLogger({ service: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } }));
  return lines.join('');
}

describe('the log', () => {
  it.each([
    [{ password: CANARY }],
    [{ input: { password: CANARY } }],
    [{ headers: { authorization: CANARY } }],
    [{ [CANARY]: 'x' }],
    [{ userId: { email: CANARY } }],
    [{ codes: [{ email: CANARY }] }],
    [{ fields: { nested: [CANARY] } }],
  ])('keeps nothing of %j but the message', (fields) => {
    const line = logged((logger) => {
      // As JavaScript would do it: the types refuse most of these.
      Reflect.apply(logger.info, logger, [fields, 'something']);
    });
    expect(line).toContain('something');
    expect(line).not.toContain(CANARY);
  });

  it('keeps the fields on the list, bounded, and counts the others', () => {
    const line = logged((logger) => {
      const fields = { requestId: 'r-1', status: 200, codes: ['FORBIDDEN'], url: 'u'.repeat(1_000), password: CANARY };
      logger.child({ service: 'other' }).warn(fields, 'something');
    });
    expect(JSON.parse(line)).toEqual({
      level: 'warn',
      time: expect.any(String),
      service: 'other',
      requestId: 'r-1',
      status: 200,
      codes: ['FORBIDDEN'],
      url: 'u'.repeat(256),
      withheld: 1,
      msg: 'something',
    });
  });
});

describe('what the log says of an error', () => {
  it('is kind, code and place of a database error, and neither values nor statements', () => {
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

  it('is the message and the cause of one of ours, and no further field', () => {
    const error = Object.assign(new Error('outer', { cause: new GraphQLError('inner') }), { response: CANARY });
    const serialized = serializeError(error);
    expect(serialized).toMatchObject({
      type: 'Error',
      message: 'outer',
      cause: { type: 'GraphQLError', message: 'inner' },
    });
    expect(Object.keys(serialized)).toEqual(['type', 'message', 'stack', 'cause']);
  });

  it.each<readonly [string, () => void]>([
    ['JSON', () => void JSON.parse(CANARY)],
    ['a URL', () => new URL(CANARY)],
    ['a time zone', () => new Intl.DateTimeFormat('en', { timeZone: CANARY })],
    ['a number', () => BigInt(CANARY)],
    ['a property', () => Object.defineProperty(Object.freeze({}), CANARY, {})],
    ['a document', () => parse(`{ ${CANARY} }`)],
    ['an array', () => Reflect.construct(Array, [-1])],
    ['a buffer', () => Buffer.from('a').readInt8(5)],
  ])('is no message of the language or a library: %s', (_what, fail) => {
    let thrown: unknown;
    try {
      fail();
    } catch (error) {
      thrown = error;
    }
    const serialized = serializeError(thrown);
    expect(serialized.type).toMatch(/Error$/);
    expect(serialized).not.toHaveProperty('message');
    expect(JSON.stringify(serialized)).not.toContain(CANARY);
  });

  it('is no part of a message that looks like a place', () => {
    const error = new TypeError(`first\n    at ${CANARY} (file.js:1:1)`);
    expect(JSON.stringify(serializeError(error))).not.toContain(CANARY);
  });

  it('is what the operating system says, which knows no client', async () => {
    const error: unknown = await new Promise((resolve) => connect({ host: '127.0.0.1', port: 1 }).on('error', resolve));
    expect(serializeError(error)).toMatchObject({ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:1' });
  });

  it('is the code that Redis begins with', () => {
    const error = Object.assign(new Error(`NOAUTH Authentication required: ${CANARY}`), { name: 'ReplyError' });
    expect(serializeError(error)).toMatchObject({ type: 'ReplyError', code: 'NOAUTH' });
    expect(JSON.stringify(serializeError(error))).not.toContain(CANARY);
  });

  it('is the kind of what a signal says that ends something', () => {
    expect(serializeError(new DOMException(CANARY, 'TimeoutError'))).toMatchObject({ type: 'TimeoutError' });
    expect(JSON.stringify(serializeError(new DOMException(CANARY, 'AbortError')))).not.toContain(CANARY);
  });

  it('ends, even when causes go round in a circle, or are no errors', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(serializeError(error)).length).toBeLessThan(20_000);
    expect(serializeError(CANARY)).toEqual({ type: 'string' });
    expect(serializeError(null)).toEqual({ type: 'object' });
  });
});

describe('what libraries write to the log', () => {
  it('is what is always the same', () => {
    const text = logged((logger) => {
      const log = createLibraryLog(logger);
      log.error(`Unexpected error processing request: Error: ${CANARY}`);
      log.warn(`Could not ["${CANARY}"`);
      log.info(`Loaded\n${CANARY}`);
      log.debug(new TypeError(CANARY));
      log.debug({ toString: () => `x: ${CANARY}` });
    });
    expect(text.trim().split('\n')).toHaveLength(5);
    expect(text).toContain('Unexpected error processing request');
    expect(text).not.toContain(CANARY);
  });
});
