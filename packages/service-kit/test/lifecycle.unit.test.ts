import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../../../tests/harness/command.js';

const CANARY = 'canary-4d1c';

function fail(way: string) {
  return runCommand({ script: 'packages/service-kit/test/failing-process.ts', args: [way, CANARY] });
}

describe('a process that fails', () => {
  it.each(['by-exception', 'by-rejection'])('%s ends with one line of the log that says where', async (way) => {
    const command = fail(way);
    expect(await command.exit()).toBe(1);
    expect(JSON.parse(command.output())).toMatchObject({
      level: 'fatal',
      service: 'failing',
      err: { type: 'TypeError', stack: expect.stringContaining('failing-process.ts') },
    });
    expect(command.output()).not.toContain(CANARY);
  });

  it('to stop in time ends all the same, and says so', async () => {
    const command = fail('at-stop');
    expect(await command.exit()).toBe(1);
    expect(command.output()).toContain('"msg":"could not stop in time"');
  });

  it('at boot ends with what the log would say', async () => {
    const command = fail('at-boot');
    expect(await command.exit()).toBe(1);
    expect(command.output()).toMatch(/^TypeError\n +at .*failing-process\.ts/);
    expect(command.output()).not.toContain(CANARY);
  });
});
