import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Jest } from '@jest/environment';
import type * as jestRuntime from 'jest-runtime';
import type { Framework } from './framework.js';

/** What a test file's tests and expectations are kept in. */
const STATEFUL = /[\\/]node_modules[\\/](jest-circus|expect|@jest[\\/]expect)[\\/]/;

const require = createRequire(import.meta.url);
// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- its types are those of the CommonJS form alone
const { default: Runtime }: typeof jestRuntime.default = require('jest-runtime');
let files = 0;

/** Node's own way to load modules in the place of Jest's, which loads all of them again for each test file. */
export default class NativeRuntime extends Runtime {
  /** What Jest's framework keeps along the promises of this test file. */
  readonly #storages: AsyncLocalStorage<unknown>[] = [];

  override unstable_shouldLoadAsEsm(): boolean {
    return true;
  }

  /** A test file itself is loaded anew: it may run once in each project. */
  override async unstable_importModule(path: string): Promise<void> {
    files += 1;
    await import(`${pathToFileURL(path).href}?run=${files}`);
  }

  /** The tests of one file are all that Jest's framework may know. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Jest's own signature
  override requireInternalModule<Module>(path: string): Module {
    for (const file of Object.keys(require.cache)) if (STATEFUL.test(file)) Reflect.deleteProperty(require.cache, file);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- only whoever asks knows what it is
    return this.#collectStorages(() => require(path));
  }

  /** Each storage that is left enabled makes every promise of this worker slower. */
  override teardown(): void {
    super.teardown();
    for (const storage of this.#storages) storage.disable();
  }

  #collectStorages<Result>(load: () => Result): Result {
    const storages = this.#storages;
    class CollectedStorage<Store> extends AsyncLocalStorage<Store> {
      constructor() {
        super();
        storages.push(this);
      }
    }
    const own = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage') ?? {};
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { configurable: true, value: CollectedStorage });
    try {
      return load();
    } finally {
      Object.defineProperty(asyncHooks, 'AsyncLocalStorage', own);
    }
  }

  override setGlobalsForRuntime(globals: Omit<Framework, 'jest'>): void {
    super.setGlobalsForRuntime(globals);
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- Jest hands it to modules of its own only
    const objects = Reflect.get(this, 'jestGlobals') as { jestObjectFor(from: string): Jest };
    globalThis.testFramework = { ...globals, jest: objects.jestObjectFor(import.meta.filename) };
  }
}
