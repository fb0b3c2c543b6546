import type { JestEnvironmentConfig } from '@jest/environment';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/** The state of a test file's tests and hooks, and the time limit that it has set. */
const STATE =
  /^(JEST_STATE_SYMBOL|EVENT_HANDLERS|RETRY_|WAIT_BEFORE_RETRY|LOG_ERRORS_BEFORE_RETRY|TEST_TIMEOUT_SYMBOL)/;

/**
 * The worker itself as the environment of its test files, so that a module is loaded once in a worker and not once in a
 * test file. Test files share what modules remember, as the parts of one program do.
 */
export default class WorkerEnvironment {
  readonly global = globalThis;
  readonly moduleMocker = new ModuleMocker(globalThis);
  readonly fakeTimers = null;
  readonly fakeTimersModern: ModernFakeTimers;
  readonly #globals: Readonly<Record<string, unknown>>;
  readonly #console = globalThis.console;
  readonly #exit = process.exit;

  constructor({ projectConfig }: JestEnvironmentConfig) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    this.#globals = projectConfig.globals;
    Object.assign(globalThis, this.#globals);
  }

  getVmContext(): null {
    return null;
  }

  setup(): Promise<void> {
    // Jest has just replaced Node's own way to find places in sources, which knows those that tsx has transformed, and
    // asked for stacks so deep that finding them takes longer than what is tested.
    Reflect.deleteProperty(Error, 'prepareStackTrace');
    Error.stackTraceLimit = 20;
    return Promise.resolve();
  }

  teardown(): Promise<void> {
    this.fakeTimersModern.dispose();
    globalThis.console = this.#console;
    process.exit = this.#exit;
    for (const key of Object.keys(this.#globals)) Reflect.deleteProperty(globalThis, key);
    for (const key of Object.getOwnPropertySymbols(globalThis))
      if (STATE.test(key.description ?? '')) Reflect.deleteProperty(globalThis, key);
    return Promise.resolve();
  }
}
