import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@identity/client/client';
import { describe, expect, it, jest } from '@jest/globals';
import { useCommandFolder } from './harness/command-folder.js';
import type { RunningCommand } from './harness/command.js';

// Every start of a process compiles its sources.
jest.setTimeout(120_000);

const PASSWORD = 'a quiet harbour at dawn';
const ANY_PORT = { GATEWAY_PORT: '0', AUTH_PORT: '0', USERS_PORT: '0', BCRYPT_COST: '4' };

const HANG_UP_WHILE_LOADING = fileURLToPath(new URL('harness/hang-up-while-loading.cjs', import.meta.url));
const PRINT_LOADED_PACKAGES = fileURLToPath(new URL('harness/print-loaded-packages.cjs', import.meta.url));

const folder = useCommandFolder();

async function start(
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly command: RunningCommand; readonly url: string }> {
  const command = folder.run('scripts/start.js', { ...ANY_PORT, ...environment });
  const [, url = ''] = await command.waitFor(/Apollo Sandbox +(http:\S+)/);
  return { command, url };
}

function register(url: string, username: string) {
  return createClient({ url }).register({ input: { username, email: `${username}@example.com`, password: PASSWORD } });
}

function login(url: string, username: string) {
  return createClient({ url }).login({ input: { identifier: username, password: PASSWORD } });
}

describe('npm start', () => {
  it('outlives a SIGHUP while it is loaded, and answers it when it runs', async () => {
    const NODE_OPTIONS = `--require=${HANG_UP_WHILE_LOADING}`;
    const command = folder.run('scripts/start.js', { ...ANY_PORT, NODE_OPTIONS, LOG_LEVEL: 'info' });
    await command.waitFor(/The supergraph is running/);
    await command.waitFor(/"signal":"SIGHUP"/);
    command.signal('SIGTERM');
    expect(await command.exit()).toBe(0);
  });

  it('says where to go, keeps everything in ./data, private to its owner, and stops cleanly', async () => {
    const { command, url } = await start({ NODE_OPTIONS: `--require=${PRINT_LOADED_PACKAGES}` });
    // The gateway reads its files again; without a handler it would end the process.
    command.signal('SIGHUP');
    expect((await register(url, 'ada')).data?.register.userErrors).toEqual([]);

    command.signal('SIGTERM');
    expect(await command.exit()).toBe(0);
    // Nobody has asked for traces.
    expect(command.output()).toMatch(/^loaded: .*\bsequelize\b/m);
    expect(command.output()).not.toMatch(/^loaded: .*@opentelemetry\/sdk-trace/m);
    expect(await readdir(folder.path)).toEqual(['data']);
    for (const file of ['keys/signing.pem', 'keys/router-secret', 'keys/password-pepper', 'auth.sqlite']) {
      expect({ file, mode: (await stat(join(folder.path, 'data', file))).mode & 0o777 }).toEqual({ file, mode: 0o600 });
    }

    const again = await start();
    expect((await login(again.url, 'ada')).data?.login.userErrors).toEqual([]);
  });
});
