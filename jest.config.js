import {
  availableStacks,
  browserIsAvailable,
  hiveGatewayIsAvailable,
  kubectlIsAvailable,
} from './tests/harness/available-stacks.js';

const shared = {
  runtime: '<rootDir>/tests/runner/runtime.ts',
  testEnvironment: '<rootDir>/tests/runner/environment.ts',
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    ...(browserIsAvailable() ? [] : ['\\.browser\\.test\\.ts$']),
    ...(kubectlIsAvailable() ? [] : ['\\.kubectl\\.unit\\.test\\.ts$']),
    // Bounds in milliseconds need a machine that has nothing else to do.
    ...(process.env['STRAIN'] === undefined ? ['/tests/strain/'] : []),
  ],
  modulePathIgnorePatterns: ['/dist/'],
  transform: {},
};

const unitTests = '<rootDir>/**/test/**/*.unit.test.ts';
const stackTests = ['tests', 'packages/*/test', 'subgraphs/*/test', 'gateway/test'];

const stacks = {
  // One process without servers: what happens to servers does not happen to it.
  embedded: { testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '\\.(distributed|hive)\\.test\\.ts$'] },
  distributed: {
    testPathIgnorePatterns: [...shared.testPathIgnorePatterns, '\\.hive\\.test\\.ts$'],
    globalSetup: '<rootDir>/tests/harness/global-setup.ts',
    globalTeardown: '<rootDir>/tests/harness/global-teardown.ts',
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
  'sessions',
  'revocation',
  'passwords',
  'self-fields',
  'administrators',
  'last-administrator',
  'credential-mutations',
  'client-address',
  'login-neighbours',
  'authorization',
  'hive-gateway.hive',
];

/** What may depend on who executes a plan: Apollo, with `COMPILE_PLANS=false`, or the gateway itself. */
const withoutCompiledPlans = [
  'story',
  'login',
  'refresh',
  'sessions',
  'revocation',
  'administrators',
  'cookie-mode',
  'answer-sizes',
  'entities-per-call',
  'profile',
  'nodes',
  'users-list',
  'partial-data',
  'authorization',
  'metrics',
  'traces',
  'request-log',
  'stopping',
  'canaries',
  'denied-fields',
  'client-address',
  'self-fields',
  'statements',
  'persisted-operations',
  'bad-input',
];

export default {
  maxWorkers: 2,
  testTimeout: 30_000,
  // Each test file leaves memory behind in its worker, and a worker that collects gigabytes stops for seconds at a time.
  workerIdleMemoryLimit: '1200MB',

  projects: [
    { ...shared, displayName: 'unit', testMatch: [unitTests, '<rootDir>/tests/**/*.unit.test.ts'] },
    ...availableStacks().map((stack) => ({
      ...shared,
      ...stacks[stack],
      displayName: stack,
      globals: { STACK: stack },
      testMatch: stackTests.map((folder) => `<rootDir>/${folder}/**/!(*.unit).test.ts`),
    })),
    {
      ...shared,
      ...stacks.embedded,
      displayName: 'interpreted',
      globals: { STACK: 'embedded', COMPILE_PLANS: 'false' },
      testMatch: withoutCompiledPlans.map((name) => `<rootDir>/tests/${name}.test.ts`),
    },
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
