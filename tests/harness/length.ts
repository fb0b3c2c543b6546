/** `npm run test:long` takes its time; within the suite the same tests try less of the same. */
export const isLong = process.env['TESTS'] === 'long';
