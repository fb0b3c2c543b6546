import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { runCommand, type RunningCommand } from './command.js';

/** Where the commands of one test run. */
export interface CommandFolder {
  readonly path: string;
  run(script: string, environment: Readonly<Record<string, string>>, args?: readonly string[]): RunningCommand;
}

/** Gives each test an empty folder, and ends after it whatever it has run there. */
export function useCommandFolder(): CommandFolder {
  let folder: string;
  let running: RunningCommand[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'identity-command-'));
    running = [];
  });

  afterEach(async () => {
    for (const command of running) command.signal('SIGKILL');
    await Promise.all(running.map((command) => command.exit()));
    await rm(folder, { recursive: true, force: true });
  });

  return {
    get path() {
      return folder;
    },
    run(script, environment, args = []) {
      const command = runCommand({ script, environment, args, folder });
      running.push(command);
      return command;
    },
  };
}
