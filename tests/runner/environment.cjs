const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/**
 * The worker itself as the environment of its test files, so that a module is loaded once in a worker and not once in a
 * test file. Test files share what modules remember, as the parts of one program do.
 */
module.exports = class WorkerEnvironment {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  fakeTimers = null;

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    this.before = { console: globalThis.console, exit: process.exit, keys: new Set(Reflect.ownKeys(globalThis)) };
    Object.assign(globalThis, projectConfig.globals);
    this.globals = Object.keys(projectConfig.globals);
  }

  exportConditions() {
    return [];
  }

  getVmContext() {
    return null;
  }

  async setup() {
    // Jest has just replaced Node's own way to find places in sources, which knows those that tsx has transformed, and asked
    // for stacks so deep that finding them takes longer than what is tested.
    Error.prepareStackTrace = undefined;
    Error.stackTraceLimit = 20;
  }

  async teardown() {
    this.fakeTimersModern.dispose();
    globalThis.console = this.before.console;
    process.exit = this.before.exit;
    for (const key of this.globals) delete globalThis[key];
    for (const key of Reflect.ownKeys(globalThis)) {
      if (!this.before.keys.has(key) && isOfJest(key)) delete globalThis[key];
    }
  }
};

/** The state of a test file's tests and hooks, and the time limit that it has set. */
const STATE =
  /^(JEST_STATE_SYMBOL|EVENT_HANDLERS|RETRY_|WAIT_BEFORE_RETRY|LOG_ERRORS_BEFORE_RETRY|TEST_TIMEOUT_SYMBOL)/;

function isOfJest(key) {
  return typeof key === 'symbol' && STATE.test(key.description ?? '');
}
