import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AUTH = 'subgraphs/auth/src';
const USERS = 'subgraphs/users/src';

/** Each line breaks exactly one rule: in this file, this import. */
const FORBIDDEN: readonly (readonly [rule: string, file: string, statement: string])[] = [
  ['no-cycles', `${AUTH}/domain/cycle-a.ts`, "import './cycle-b.js'"],
  ['no-cycles', `${AUTH}/domain/type-cycle-a.ts`, "import type { b } from './type-cycle-b.js'"],
  ['subgraphs-apart', `${AUTH}/context.ts`, "import '@identity/users/config'"],
  ['subgraphs-apart', `${USERS}/context.ts`, "import '../../auth/src/config.js'"],
  ['subgraphs-apart', 'examples/notes/src/context.ts', "import type { x } from '@identity/auth/config'"],
  ['gateway-knows-no-subgraph', 'gateway/src/context.ts', "import '@identity/auth/config'"],
  ['gateway-knows-no-database', 'gateway/src/cache.ts', "import '@identity/database/connect'"],
  ['subgraphs-know-no-gateway', `${USERS}/schema.ts`, "import '@identity/gateway/context'"],
  ['packages-know-no-service', 'packages/database/src/a.ts', "import '../../../gateway/src/config.js'"],
  ['packages-know-no-service', 'packages/client/src/a.ts', "import '@identity/auth/config'"],
  ['service-kit-knows-no-database', 'packages/service-kit/src/a.ts', "import '@identity/database/connect'"],
  ['service-kit-knows-no-database', 'packages/service-kit/src/b.ts', "import 'sequelize'"],
  ['resolvers-reach-data-through-the-domain', `${AUTH}/resolvers/a.ts`, "import '@identity/database/connect'"],
  ...['sequelize', 'ioredis', 'bcrypt', 'jsonwebtoken'].map(
    (driver) =>
      ['resolvers-reach-data-through-the-domain', `${AUTH}/resolvers/${driver}.ts`, `import '${driver}'`] as const,
  ),
  ...['graphql', '@apollo/server', 'sequelize', 'ioredis', 'bcrypt', 'jsonwebtoken', '@identity/database/connect'].map(
    (specifier, index) => ['domain-is-pure', `${AUTH}/domain/a${String(index)}.ts`, `import '${specifier}'`] as const,
  ),
  ['domain-is-pure', `${AUTH}/domain/b.ts`, "import '../config.js'"],
  ['domain-is-pure', `${AUTH}/domain/c.ts`, "import type { x } from '../__generated__/resolvers.js'"],
  ['adapters-know-no-graphql', `${AUTH}/adapters/a.ts`, "import 'graphql'"],
  ['adapters-know-no-graphql', `${AUTH}/adapters/b.ts`, "import type { x } from '../__generated__/resolvers.js'"],
  ['adapters-import-only-types-of-the-domain', `${USERS}/adapters/a.ts`, "import { x } from '../domain/profile.js'"],
  ['adapters-import-only-types-of-the-domain', `${USERS}/adapters/b.ts`, "import { type x, y } from '../domain/profile.js'"],
  ['only-app-sees-adapters', `${USERS}/schema.ts`, "import './adapters/store.js'"],
  ['only-app-sees-adapters', `${USERS}/main.ts`, "import './adapters/store.js'"],
  ['only-schema-and-app-see-resolvers', `${USERS}/context.ts`, "import './resolvers/query.js'"],
  ['nothing-imports-a-composition-root', `${USERS}/config.ts`, "import './app.js'"],
  ['only-the-embedded-runner-knows-all-services', 'scripts/compose.ts', "import '@identity/auth/config'"],
  ['runners-and-tests-are-on-top', 'gateway/src/routes.ts', "import '../../scripts/tool.js'"],
  ['runners-and-tests-are-on-top', 'packages/client/src/b.ts', "import '../../../tests/harness/stack.js'"],
  ['sources-know-no-tests', 'packages/client/src/c.ts', "import '../test/fake.js'"],
  ['imports-are-declared', `${USERS}/resolvers/undeclared.ts`, "import 'express'"],
  ['sources-need-no-dev-dependency', 'packages/client/src/d.ts', "import 'typescript'"],
  ['imports-resolve', 'packages/client/src/e.ts', "import './nowhere.js'"],
];

/** Imports as the real tree has them: none of them may break a rule. */
const ALLOWED: readonly (readonly [file: string, statement: string])[] = [
  [`${AUTH}/app.ts`, "import './adapters/store.js'; import './resolvers/query.js'; import './schema.js'"],
  [`${AUTH}/main.ts`, "import './app.js'"],
  [`${AUTH}/schema.ts`, "import './resolvers/query.js'"],
  [`${AUTH}/resolvers/user.ts`, "import type { x } from '../__generated__/resolvers.js'; import '../domain/profile.js'"],
  [`${AUTH}/__generated__/resolvers.ts`, "import type { x } from '../resolvers/user.js'"],
  [`${AUTH}/adapters/typed.ts`, "import type { x } from '../domain/profile.js'; import 'sequelize'"],
  [`${AUTH}/adapters/inline.ts`, "import { type x } from '../domain/profile.js'; import '@identity/database/connect'"],
  [`${AUTH}/domain/kit.ts`, "import '@identity/service-kit/errors'"],
  ['gateway/src/server.ts', "import '@identity/service-kit/errors'; import 'graphql'"],
  ['packages/client/test/a.test.ts', "import '../../../tests/harness/stack.js'; import '@jest/globals'"],
  ['scripts/embedded.ts', "import '@identity/auth/app'; import '@identity/users/app'; import '@identity/gateway/app'"],
  ['tests/story.test.ts', "import '@identity/auth/app'; import '@identity/scripts/embedded'"],
];

/** What the imports above point at. */
const TARGETS: readonly string[] = [
  `${AUTH}/domain/cycle-b.ts`,
  `${AUTH}/domain/type-cycle-b.ts`,
  ...[AUTH, USERS].flatMap((source) =>
    ['adapters/store', 'domain/profile', 'resolvers/query', '__generated__/resolvers', 'app', 'config', 'schema'].map(
      (name) => `${source}/${name}.ts`,
    ),
  ),
  ...['gateway/src/app', 'gateway/src/config', 'gateway/src/context', 'packages/database/src/connect'].map(
    (name) => `${name}.ts`,
  ),
  'packages/service-kit/src/errors.ts',
  'packages/client/test/fake.ts',
  'scripts/tool.ts',
  'tests/harness/stack.ts',
];

interface Violation {
  readonly rule: string;
  readonly from: string;
}

describe('the import rules', () => {
  let tree: string;
  let violations: readonly Violation[];

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'import-rules-'));
    layOut(tree);
    violations = cruise(tree);
  }, 60_000);

  afterAll(() => {
    rmSync(tree, { recursive: true, force: true });
  });

  test.each(FORBIDDEN)('%s: %s must not %s', (rule, file) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule)).toEqual([rule]);
  });

  test.each(ALLOWED)('%s may %s', (file) => {
    expect(violations.filter(({ from }) => from === file)).toEqual([]);
  });
});
