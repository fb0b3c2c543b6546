import type { Framework } from './framework.js';

/** Modules outlive the test file that was the first to load them, so they get what hands on to the test file at hand. */
function atHand<Name extends keyof Framework>(name: Name): Framework[Name] {
  return new Proxy(globalThis.testFramework[name], {
    apply: (_target, _self, parameters: readonly unknown[]): unknown =>
      call(globalThis.testFramework[name], parameters),
    get: (_target, key): unknown => Reflect.get(globalThis.testFramework[name], key),
  });
}

function call(value: object, parameters: readonly unknown[]): unknown {
  if (typeof value !== 'function') throw new TypeError('this is nothing to call');
  return Reflect.apply(value, undefined, parameters);
}

export const afterAll = atHand('afterAll');
export const afterEach = atHand('afterEach');
export const beforeAll = atHand('beforeAll');
export const beforeEach = atHand('beforeEach');
export const describe = atHand('describe');
export const expect = atHand('expect');
export const it = atHand('it');
export const jest = atHand('jest');
export const test = atHand('test');
