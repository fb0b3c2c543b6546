import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const OUTPUT = fileURLToPath(new URL('../src/log-output.ts', import.meta.url));

/** Runs a program that has an `output`, and tells how it has ended and what it has written, piece by piece. */
async function run(program: string) {
  const source = `import { createStandardOutput } from ${JSON.stringify(OUTPUT)};
    const output = createStandardOutput();
    ${program}`;
  const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [written, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { written, complaints, code: child.exitCode };
}

describe('the output of the log', () => {
  it('holds every line, in order, also of a turn that ends the process', async () => {
    const program = `for (let line = 0; line < 3; line += 1) output.write(line + '\\n');
      setTimeout(() => { output.write('later\\n'); process.exit(3); }, 1);`;
    expect(await run(program)).toEqual({ written: '0\n1\n2\nlater\n', complaints: '', code: 3 });
  });

  it('holds what was logged before a crash', async () => {
    const { written, code } = await run(`output.write('before\\n'); throw new Error('a crash');`);
    expect({ written, code }).toEqual({ written: 'before\n', code: 1 });
  });

  it('holds more than a pipe does', async () => {
    const { written, code } = await run(
      `for (let line = 0; line < 3_000; line += 1) output.write('x'.repeat(99) + '\\n');`,
    );
    expect({ size: written.length, code }).toEqual({ size: 300_000, code: 0 });
  });
});
