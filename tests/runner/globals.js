/**
 * `@jest/globals` for modules that Node loads. Modules outlive the test file that loaded them first, so these hand on to
 * what the test file at hand has.
 */
const FRAMEWORK = Symbol.for('identity.tests.framework');

/**
 * @param {string} name
 * @returns {any} the global of that name of the test file that is running
 */
function current(name) {
  return new Proxy(() => undefined, {
    apply: (_target, _self, parameters) => globalThis[FRAMEWORK][name](...parameters),
    get: (_target, key) => globalThis[FRAMEWORK][name][key],
  });
}

export const afterAll = current('afterAll');
export const afterEach = current('afterEach');
export const beforeAll = current('beforeAll');
export const beforeEach = current('beforeEach');
export const describe = current('describe');
export const expect = current('expect');
export const it = current('it');
export const jest = current('jest');
export const test = current('test');
