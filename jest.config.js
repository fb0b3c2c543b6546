import { availableStacks, browserIsAvailable, hiveGatewayIsAvailable } from './tests/harness/available-stacks.js';

const shared = {
  testEnvironment: 'node',
  // Without 'import': Jest adds it for import statements, and must not for the require() of a dependency.
  testEnvironmentOptions: { customExportConditions: ['identity-source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...(browserIsAvailable() ? [] : ['\\.browser\\.test\\.ts$'])],
  modulePathIgnorePatterns: ['/dist/'],
  // Which module system to emit is Jest's to say: it needs CommonJS for the global setup only.
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' }],
  },
};

const unitTests = '<rootDir>/**/test/**/*.unit.test.ts';
const stackTests = ['tests', 'packages/*/test', 'subgraphs/*/test', 'gateway/test'];

const stacks = {
  // One process without servers: what happens to servers does not happen to it.
  embedded: { testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '\\.(distributed|hive)\\.test\\.ts$'] },
  distributed: {
    testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '\\.hive\\.test\\.ts$'],
    globalSetup: '<rootDir>/tests/harness/global-setup.js',
    globalTeardown: '<rootDir>/tests/harness/global-teardown.js',
  },
};

/** What clients can rely on whatever router stands before the subgraphs. */
const throughAnyRouter = [
  'story',
  'registration',
  'login',
  'refresh',
  'profile',
  'nodes',
  'users-list',
  'hive-gateway.hive',
];

export default {
  maxWorkers: 2,
  testTimeout: 30_000,

  projects: [
    { ...shared, displayName: 'unit', testMatch: [unitTests, '<rootDir>/tests/**/*.unit.test.ts'] },
    ...availableStacks().map((stack) => ({
      ...shared,
      ...stacks[stack],
      displayName: stack,
      globals: { STACK: stack },
      testMatch: stackTests.map((folder) => `<rootDir>/${folder}/**/!(*.unit).test.ts`),
    })),
    ...(hiveGatewayIsAvailable()
      ? [
          {
            ...shared,
            ...stacks.distributed,
            testPathIgnorePatterns: shared.testPathIgnorePatterns,
            displayName: 'hive',
            globals: { STACK: 'distributed', ROUTER: 'hive' },
            testMatch: throughAnyRouter.map((name) => `<rootDir>/tests/${name}.test.ts`),
          },
        ]
      : []),
  ],
};
