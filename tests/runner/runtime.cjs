const { pathToFileURL } = require('node:url');
const Runtime = require('jest-runtime').default;

/** Node's own way to load modules in the place of Jest's, which loads all of them again for each test file. */
module.exports = class NativeRuntime extends Runtime {
  static #files = 0;
  #environment;

  constructor(config, environment, ...rest) {
    super(config, environment, ...rest);
    this.#environment = environment;
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  /** A test file itself is loaded anew: it may run once in each project. */
  async unstable_importModule(path) {
    NativeRuntime.#files += 1;
    await import(`${pathToFileURL(path).href}?run=${String(NativeRuntime.#files)}`);
  }

  /** The tests of one file are all that Jest's framework may know. */
  requireInternalModule(path) {
    for (const file of Object.keys(require.cache)) {
      if (/[\\/]node_modules[\\/](jest-circus|expect|@jest[\\/]expect)[\\/]/.test(file)) delete require.cache[file];
    }
    return require(path);
  }

  setGlobalsForRuntime(globals) {
    super.setGlobalsForRuntime(globals);
    const jest = this.jestGlobals.jestObjectFor(this.#environment);
    globalThis[Symbol.for('identity.tests.framework')] = { ...globals, jest };
  }
};
