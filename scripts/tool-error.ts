/** A failure the person running a tool is expected to read and fix: printed without a stack. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/**
 * Runs a command-line tool: a `ToolError` becomes its message on stderr and exit code 1, anything else is a bug and
 * keeps its stack.
 */
export async function runTool(main: () => void | Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ToolError)) {
      throw error;
    }
    console.error(error.message);
    process.exitCode = 1;
  }
}
