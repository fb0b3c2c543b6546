import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { connectDatabase } from '../src/connect.js';
import { DatabaseUrlError, parseDatabaseUrl } from '../src/database-url.js';

test('a server is read with its encoded parts', () => {
  expect(parseDatabaseUrl('mariadb://us%40er:p%2Fw%3A@db.example:3307/auth?tls=true')).toEqual({
    dialect: 'mysql',
    host: 'db.example',
    port: 3307,
    user: 'us@er',
    password: 'p/w:',
    database: 'auth',
    tls: true,
  });
  expect(parseDatabaseUrl('mysql://root@[::1]/auth')).toMatchObject({
    host: '::1',
    port: 3306,
    password: '',
    tls: false,
  });
});

test('a file is read relative to the working directory', () => {
  expect(parseDatabaseUrl('sqlite:data/auth.sqlite')).toEqual({ dialect: 'sqlite', file: resolve('data/auth.sqlite') });
  expect(parseDatabaseUrl('sqlite:/srv/a b.sqlite')).toEqual({ dialect: 'sqlite', file: '/srv/a b.sqlite' });
});

test.each([
  'sqlite::memory:',
  'sqlite:',
  'sqlite:data/',
  'sqlite://data/auth.sqlite',
  'mysql://secret@host',
  'mysql://secret@host/a/b',
  'mysql://secret@host/a?ssl=true',
  'mysql://secret@host/a?tls=maybe',
  'mysql://%E0%A4%A@host/a',
  'postgres://secret@host/a',
  'secret',
  '',
])('%j is refused, without being repeated', async (url) => {
  const failure = await connectDatabase({ url }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DatabaseUrlError);
  expect(String(failure)).not.toContain('secret');
});
