import type * as jestGlobals from '@jest/globals';

/** What `@jest/globals` exports. */
export type Framework = typeof jestGlobals;

declare global {
  /** Of the test file that is running. Global, because Jest loads its parts in another way than Node the test files. */
  var testFramework: Framework;
}
