const { readFileSync } = require('node:fs');
const { join } = require('node:path');

// docs/architecture.md draws these rules as a picture. tests/tooling/import-rules.unit.test.ts breaks each of them once.

/** What talks to the world outside: databases, caches, hashing, tokens. */
const DRIVERS =
  'node_modules/(sequelize|mysql2|umzug|ioredis|undici|bcrypt|jsonwebtoken|@photostructure/sqlite)/|^packages/database/';
const GRAPHQL = 'node_modules/(graphql|@apollo|graphql-scalars)/';
const SUBGRAPH = '^(?:subgraphs|examples)/([^/]+)/src';

const readManifest = (folder) => JSON.parse(readFileSync(join(__dirname, folder, 'package.json'), 'utf8'));
const workspaces = readManifest('.').workspaces.map((folder) => ({ folder, manifest: readManifest(folder) }));

/** Workspaces resolve to sources, not to packages: `imports-are-declared` does not see them. */
const workspacesAreDeclared = workspaces.flatMap(({ folder, manifest }) => {
  const undeclared = workspaces.filter(
    (other) => other.folder !== folder && !Object.hasOwn(manifest.dependencies ?? {}, other.manifest.name),
  );
  return undeclared.map((other) => ({
    name: 'workspaces-are-declared',
    comment: `${folder}/package.json does not declare ${other.manifest.name}. Tests may use the suite's harness.`,
    severity: 'error',
    from: { path: `^${folder}/`, pathNot: '/test/' },
    to: { path: `^${other.folder}/` },
  }));
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...workspacesAreDeclared,
    {
      name: 'no-cycles',
      comment: 'Modules that import each other, even types only, cannot be read one by one. Generated types may.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { pathNot: '/__generated__/' } },
    },
    {
      name: 'subgraphs-apart',
      comment: 'Each subgraph is built, tested and deployed alone.',
      severity: 'error',
      from: { path: '^(?:subgraphs|examples)/([^/]+)/' },
      to: { path: '^(?:subgraphs|examples)/', pathNot: '^(?:subgraphs|examples)/$1/' },
    },
    {
      name: 'gateway-knows-no-subgraph',
      comment: 'The gateway knows the supergraph only.',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^(subgraphs|examples)/' },
    },
    {
      name: 'subgraphs-know-no-gateway',
      comment: 'A subgraph serves any router.',
      severity: 'error',
      from: { path: '^(subgraphs|examples)/' },
      to: { path: '^gateway/' },
    },
    {
      name: 'packages-know-no-service',
      comment: 'What services share must not depend on a service.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(gateway|subgraphs|examples)/' },
    },
    {
      name: 'service-kit-knows-no-database',
      comment: 'The gateway uses the service kit and has no database.',
      severity: 'error',
      from: { path: '^packages/service-kit/' },
      to: { path: '^packages/database/|node_modules/(sequelize|mysql2|umzug|@photostructure/sqlite)/' },
    },
    {
      name: 'gateway-knows-no-database',
      comment: 'The gateway has no data of its own.',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^packages/database/|node_modules/(sequelize|mysql2|umzug|@photostructure/sqlite)/' },
    },
    {
      name: 'resolvers-reach-data-through-the-domain',
      comment: 'A resolver calls one use case; it knows neither adapters nor drivers.',
      severity: 'error',
      from: { path: `${SUBGRAPH}/resolvers/` },
      to: { path: `${SUBGRAPH}/(adapters|migrations)/|${DRIVERS}` },
    },
    {
      name: 'domain-is-pure',
      comment: 'The domain knows neither GraphQL nor drivers nor its neighbours; it declares ports.',
      severity: 'error',
      from: { path: `${SUBGRAPH}/domain/` },
      to: { path: `${GRAPHQL}|${DRIVERS}|${SUBGRAPH}/(?!domain/)` },
    },
    {
      name: 'adapters-know-no-graphql',
      comment: 'An adapter implements a port; what the API looks like is not its business.',
      severity: 'error',
      from: { path: `${SUBGRAPH}/adapters/` },
      to: { path: `${GRAPHQL}|${SUBGRAPH}/(resolvers|__generated__)/` },
    },
    {
      name: 'adapters-import-only-types-of-the-domain',
      comment: 'An adapter implements what the domain declares, and runs none of it.',
      severity: 'error',
      from: { path: `${SUBGRAPH}/adapters/` },
      to: { path: `${SUBGRAPH}/domain/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-app-sees-adapters',
      comment:
        'app.ts, and admin-app.ts and seeding-app.ts for a command each, are where adapters meet the rest. Resolvers and domain have rules of their own.',
      severity: 'error',
      from: {
        path: `${SUBGRAPH}/`,
        pathNot: `${SUBGRAPH}/(((admin|seeding)-)?app\\.ts$|(adapters|resolvers|domain)/)`,
      },
      to: { path: `${SUBGRAPH}/adapters/` },
    },
    {
      name: 'only-schema-and-app-see-resolvers',
      comment: 'schema.ts gathers the resolvers, app.ts serves them; nothing else knows them.',
      severity: 'error',
      from: {
        path: `${SUBGRAPH}/`,
        pathNot: `${SUBGRAPH}/((app|schema)\\.ts$|(resolvers|__generated__|adapters|domain)/)`,
      },
      to: { path: `${SUBGRAPH}/resolvers/` },
    },
    {
      name: 'traces-are-made-in-one-place',
      comment: 'Everything else makes spans by tracing.ts, which costs nothing without traces.',
      severity: 'error',
      from: { pathNot: '^packages/service-kit/src/(open-telemetry|trace-(exporter|sampler))\\.ts$' },
      to: { path: 'node_modules/@opentelemetry/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'traces-are-loaded-when-needed',
      comment: 'What makes traces is large, and most services make none.',
      severity: 'error',
      from: {},
      to: { path: '^packages/service-kit/src/open-telemetry\\.ts$', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'nothing-imports-a-composition-root',
      comment:
        'app.ts is at the top: only serve.ts starts it, and main.ts that, as admin.ts does admin-app.ts. Runners and tests outside of the workspace may, too.',
      severity: 'error',
      from: { path: `${SUBGRAPH}/`, pathNot: `${SUBGRAPH}/(main|serve|admin)\\.ts$` },
      to: { path: `${SUBGRAPH}/((admin-)?app|main|serve|admin)\\.ts$` },
    },
    {
      name: 'only-the-embedded-runner-knows-all-services',
      comment: 'The tools beside it work on files, not on services; seed invents people that both subgraphs know.',
      severity: 'error',
      from: { path: '^scripts/', pathNot: '^scripts/(start|embedded|seed)[^/]*\\.ts$' },
      to: { path: '^(gateway|subgraphs|examples)/' },
    },
    {
      name: 'runners-and-tests-are-on-top',
      comment:
        "No service and no package needs the runner, the tools or the tests; their own tests use the suite's harness.",
      severity: 'error',
      from: { path: '^(gateway|subgraphs|packages|examples)/', pathNot: '/test/' },
      to: { path: '^(scripts|tests|bench)/' },
    },
    {
      name: 'nothing-needs-the-benchmark',
      comment: 'The benchmark may know everything; nothing else is run by it.',
      severity: 'error',
      from: { path: '^(scripts|tests)/|/test/' },
      to: { path: '^bench/' },
    },
    {
      name: 'sources-know-no-tests',
      comment: 'What is shipped does not need what is not.',
      severity: 'error',
      from: { path: '^(gateway|subgraphs/[^/]+|packages/[^/]+|examples/[^/]+)/src/' },
      to: { path: '/test/' },
    },
    {
      name: 'imports-are-declared',
      comment: "Every package that is imported is in this workspace's package.json, or in the root's for tools.",
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'sources-need-no-dev-dependency',
      comment: 'A development dependency is not there in production.',
      severity: 'error',
      from: { path: '^(gateway|subgraphs/[^/]+|packages/[^/]+|examples/[^/]+)/src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm'] },
    },
    {
      name: 'imports-resolve',
      comment: 'A typing error, or a package that is not installed.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Builds of workspaces, not those inside of packages; and the peers of the benchmark, which are not always installed.
    exclude: '^(gateway|subgraphs/[^/]+|packages/[^/]+|examples/[^/]+)/(dist|coverage)/|^bench/(peers|node_modules)/',
    // Imports that TypeScript erases are dependencies between modules nevertheless.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.lint.json' },
    // Tests and tools may use what the root declares; `sources-need-no-dev-dependency` keeps the sources from it.
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // A workspace's own sources instead of its build: otherwise the rules would see nothing behind its name.
      conditionNames: ['identity-source', 'types', 'import', 'node', 'default'],
      mainFields: ['types', 'typings', 'module', 'main'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
    },
  },
};
