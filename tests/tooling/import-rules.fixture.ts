const AUTH = 'subgraphs/auth/src';
const USERS = 'subgraphs/users/src';

/** The tree's workspaces; each declares all others but those in `UNDECLARED`. */
export const WORKSPACES: Readonly<Record<string, string>> = {
  gateway: '@identity/gateway',
  'subgraphs/auth': '@identity/auth',
  'subgraphs/users': '@identity/users',
  'examples/notes': '@identity/example-notes',
  'packages/service-kit': '@identity/service-kit',
  'packages/database': '@identity/database',
  'packages/client': '@identity/client',
  scripts: '@identity/scripts',
  tests: '@identity/tests',
};

/** Packages that every workspace declares. */
export const PACKAGES: readonly string[] = [
  'graphql',
  '@apollo/server',
  'sequelize',
  'ioredis',
  'bcrypt',
  'jsonwebtoken',
  '@opentelemetry/api',
];

/** Packages that only the root declares, as tools. */
export const TOOLS: readonly string[] = ['typescript', '@jest/globals'];

/** What no workspace declares, although it is installed. */
export const UNDECLARED: readonly string[] = ['express', '@identity/client'];

/** One import of one file. */
export type Import = readonly [file: string, statement: string];

/** Each import breaks exactly one rule. */
export const FORBIDDEN: readonly (readonly [rule: string, ...Import])[] = [
  ['no-cycles', `${AUTH}/domain/cycle-a.ts`, "import './cycle-b.js'"],
  ['no-cycles', `${AUTH}/domain/type-cycle-a.ts`, "import type { B } from './type-cycle-b.js'"],
  ['subgraphs-apart', `${AUTH}/context.ts`, "import '@identity/users/config'"],
  ['subgraphs-apart', `${USERS}/context.ts`, "import '../../auth/src/config.js'"],
  ['subgraphs-apart', 'subgraphs/users/test/a.test.ts', "import '@identity/auth/config'"],
  ['subgraphs-apart', 'examples/notes/src/context.ts', "import type { X } from '@identity/auth/config'"],
  ['gateway-knows-no-subgraph', 'gateway/src/context.ts', "import '@identity/auth/config'"],
  ['gateway-knows-no-database', 'gateway/src/cache.ts', "import '@identity/database/connect'"],
  ['subgraphs-know-no-gateway', `${USERS}/schema.ts`, "import '@identity/gateway/context'"],
  ['packages-know-no-service', 'packages/database/src/a.ts', "import '../../../gateway/src/config.js'"],
  ['packages-know-no-service', 'packages/client/src/a.ts', "import '@identity/auth/config'"],
  ['service-kit-knows-no-database', 'packages/service-kit/src/a.ts', "import '@identity/database/connect'"],
  ['service-kit-knows-no-database', 'packages/service-kit/src/a.ts', "import 'sequelize'"],
  ...['sequelize', 'ioredis', 'bcrypt', 'jsonwebtoken', '@identity/database/connect', '../adapters/store.js'].map(
    (name) => ['resolvers-reach-data-through-the-domain', `${AUTH}/resolvers/a.ts`, `import '${name}'`] as const,
  ),
  ...['graphql', '@apollo/server', 'sequelize', 'ioredis', 'bcrypt', 'jsonwebtoken', '@identity/database/connect'].map(
    (name) => ['domain-is-pure', `${AUTH}/domain/a.ts`, `import '${name}'`] as const,
  ),
  ['domain-is-pure', `${AUTH}/domain/b.ts`, "import '../config.js'"],
  ['domain-is-pure', `${AUTH}/domain/b.ts`, "import type { X } from '../__generated__/resolvers.js'"],
  ['domain-is-pure', `${AUTH}/domain/b.ts`, "import '../adapters/store.js'"],
  ['domain-is-pure', `${AUTH}/domain/b.ts`, "import type { X } from '../resolvers/query.js'"],
  ['adapters-know-no-graphql', `${AUTH}/adapters/a.ts`, "import 'graphql'"],
  ['adapters-know-no-graphql', `${AUTH}/adapters/a.ts`, "import '../resolvers/query.js'"],
  ['adapters-know-no-graphql', `${AUTH}/adapters/a.ts`, "import type { X } from '../__generated__/resolvers.js'"],
  ['adapters-import-only-types-of-the-domain', `${USERS}/adapters/a.ts`, "import { x } from '../domain/profile.js'"],
  [
    'adapters-import-only-types-of-the-domain',
    `${USERS}/adapters/b.ts`,
    "import { type X, y } from '../domain/profile.js'",
  ],
  ['only-app-sees-adapters', `${USERS}/schema.ts`, "import './adapters/store.js'"],
  ['only-app-sees-adapters', `${USERS}/main.ts`, "import './adapters/store.js'"],
  ['only-app-sees-adapters', `${USERS}/context.ts`, "import type { X } from './adapters/store.js'"],
  ['only-schema-and-app-see-resolvers', `${USERS}/context.ts`, "import './resolvers/query.js'"],
  ['traces-are-made-in-one-place', 'gateway/src/spans.ts', "import { trace } from '@opentelemetry/api'"],
  ['traces-are-made-in-one-place', 'packages/service-kit/src/b.ts', "await import('@opentelemetry/api')"],
  ['traces-are-loaded-when-needed', 'packages/service-kit/src/b.ts', "import './open-telemetry.js'"],
  ['nothing-imports-a-composition-root', `${USERS}/config.ts`, "import './app.js'"],
  ['only-the-embedded-runner-knows-all-services', 'scripts/compose.ts', "import '@identity/auth/config'"],
  ['runners-and-tests-are-on-top', 'gateway/src/routes.ts', "import '../../scripts/tool.js'"],
  ['runners-and-tests-are-on-top', 'packages/client/src/b.ts', "import '../../../tests/harness/stack.js'"],
  ['nothing-needs-the-benchmark', 'scripts/compose.ts', "import '../bench/run.js'"],
  ['sources-know-no-tests', 'packages/client/src/b.ts', "import '../test/fake.js'"],
  ['imports-are-declared', `${USERS}/resolvers/a.ts`, "import 'express'"],
  ['workspaces-are-declared', `${USERS}/resolvers/a.ts`, "import '@identity/client/client'"],
  ['sources-need-no-dev-dependency', 'packages/client/src/b.ts', "import 'typescript'"],
  ['imports-resolve', 'packages/client/src/b.ts', "import './nowhere.js'"],
  ['imports-resolve', 'packages/client/src/b.ts', "import '@identity/service-kit/nowhere'"],
];

/** Imports as the project has them: none breaks a rule. */
export const ALLOWED: readonly Import[] = [
  [`${AUTH}/app.ts`, "import './adapters/store.js'"],
  [`${AUTH}/app.ts`, "import './resolvers/query.js'"],
  [`${AUTH}/app.ts`, "import './schema.js'"],
  [`${AUTH}/main.ts`, "import './app.js'"],
  [`${AUTH}/schema.ts`, "import './resolvers/query.js'"],
  [`${AUTH}/resolvers/user.ts`, "import type { X } from '../__generated__/resolvers.js'"],
  [`${AUTH}/resolvers/user.ts`, "import '../domain/profile.js'"],
  [`${AUTH}/__generated__/resolvers.ts`, "import type { X } from '../resolvers/user.js'"],
  [`${AUTH}/adapters/b.ts`, "import type { X } from '../domain/profile.js'"],
  [`${AUTH}/adapters/b.ts`, "import 'sequelize'"],
  [`${AUTH}/adapters/b.ts`, "import '@identity/database/connect'"],
  [`${AUTH}/domain/c.ts`, "import '@identity/service-kit/errors'"],
  ['gateway/src/server.ts', "import '@identity/service-kit/errors'"],
  ['gateway/src/server.ts', "import 'graphql'"],
  ['packages/service-kit/src/open-telemetry.ts', "import { trace } from '@opentelemetry/api'"],
  ['packages/service-kit/src/c.ts', "import type { Span } from '@opentelemetry/api'"],
  ['packages/service-kit/src/c.ts', "await import('./open-telemetry.js')"],
  ['packages/client/test/a.test.ts', "import '../../../tests/harness/stack.js'"],
  ['packages/client/test/a.test.ts', "import '@jest/globals'"],
  ['scripts/embedded.ts', "import '@identity/auth/app'"],
  ['scripts/embedded.ts', "import '@identity/users/app'"],
  ['scripts/embedded.ts', "import '@identity/gateway/app'"],
  ['tests/story.test.ts', "import '@identity/auth/app'"],
  ['tests/story.test.ts', "import '@identity/scripts/embedded'"],
];

/** What these imports point at, as far as it is not among the files above. */
export const TARGETS: readonly Import[] = [
  [`${AUTH}/domain/cycle-b.ts`, "import './cycle-a.js'"],
  [`${AUTH}/domain/type-cycle-b.ts`, "import type { A } from './type-cycle-a.js'"],
  ...[
    ...[AUTH, USERS].flatMap((source) =>
      ['adapters/store', 'domain/profile', 'resolvers/query', '__generated__/resolvers', 'app', 'config', 'schema'].map(
        (name) => `${source}/${name}`,
      ),
    ),
    ...['app', 'config', 'context'].map((name) => `gateway/src/${name}`),
    'packages/client/src/client',
    'packages/client/test/fake',
    'packages/database/src/connect',
    'packages/service-kit/src/errors',
    'scripts/tool',
    'bench/run',
    'tests/harness/stack',
  ].map((name) => [`${name}.ts`, 'export {}'] as const),
];
