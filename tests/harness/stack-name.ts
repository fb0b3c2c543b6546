/** The stack that this test file is being run on; the Jest project says which. */
export function stackName(): 'embedded' | 'distributed' {
  const stack: unknown = Reflect.get(globalThis, 'STACK');
  if (stack !== 'embedded' && stack !== 'distributed') {
    throw new Error('The Jest project of this test names no stack; a unit test cannot ask for one.');
  }
  return stack;
}
