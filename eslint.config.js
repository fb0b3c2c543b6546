import { readdirSync } from 'node:fs';
import graphql from '@graphql-eslint/eslint-plugin';
import prettier from 'eslint-config-prettier';
import jest from 'eslint-plugin-jest';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SUBGRAPH_SCHEMAS = ['subgraphs', 'examples'].flatMap((folder) =>
  readdirSync(new URL(folder, import.meta.url)).map((name) => `${folder}/${name}/schema.graphql`),
);
const CLIENT_DOCUMENTS = 'packages/client/documents/*.graphql';
const TESTS = ['tests/**/*.ts', '**/test/**/*.ts', '**/*.test.ts'];
const TOOLS = ['scripts/**/*.ts', 'bench/**/*.ts', '*.ts', '**/*.js', '**/*.cjs'];

/** Every subgraph's SDL is a schema of its own; the client's documents are checked against what clients see. */
const graphQLConfig = {
  projects: {
    ...Object.fromEntries(SUBGRAPH_SCHEMAS.map((schema) => [schema, { schema }])),
    client: { schema: 'schema/api.graphql', documents: CLIENT_DOCUMENTS },
  },
};

/** A suppression names its rules and says why: `// eslint-disable-next-line some-rule -- the reason`. */
const describedSuppressions = {
  create: ({ sourceCode, report }) => ({
    Program() {
      for (const comment of sourceCode.getAllComments()) {
        const [, rest] = /^\s*eslint-disable(?:-next-line|-line)?\b(.*)$/s.exec(comment.value) ?? [];
        if (rest !== undefined && !/^\s+[@\w/-]+(?:\s*,\s*[@\w/-]+)*\s+--\s+\S/s.test(rest)) {
          report({
            // Ahead of the file: a suppression of everything would suppress this report, too.
            loc: { line: 0, column: 0 },
            message: 'Line {{line}}: name the suppressed rules and the reason: eslint-disable… rule -- reason.',
            data: { line: String(comment.loc.start.line) },
          });
        }
      }
    },
  }),
};

const NO_ENVIRONMENT = 'Only config.ts reads the environment; take the value as an argument.';

export default defineConfig(
  globalIgnores(['**/dist/', '**/__generated__/', '**/coverage/', 'data/', 'schema/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.js', '**/*.cjs'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { project: { rules: { 'described-suppressions': describedSuppressions } } },
    languageOptions: { parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'project/described-suppressions': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `[...text].length` counts characters instead of UTF-16 units.
      '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }, 'string'] }],
      // Overflows the stack on recursive types such as graphql's (typescript-eslint 8.73.0).
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // `async` without `await` turns a throw into a rejection where an interface demands a promise.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Factories return objects without `this`; classes are for errors and models only.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-param-reassign': 'error',
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: NO_ENVIRONMENT }],
      'no-restricted-syntax': [
        'error',
        { selector: "MemberExpression[property.name='env'][object.property.name='process']", message: NO_ENVIRONMENT },
      ],
      'no-restricted-imports': [
        'error',
        { paths: ['node:process', 'process'].map((name) => ({ name, importNames: ['env'], message: NO_ENVIRONMENT })) },
      ],
      'object-shorthand': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
  {
    files: ['**/config.ts', ...TOOLS, ...TESTS],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off', 'no-restricted-imports': 'off' },
  },
  { files: [...TOOLS, ...TESTS], rules: { 'no-console': 'off' } },
  {
    files: TESTS,
    extends: [jest.configs['flat/recommended']],
    rules: {
      'max-lines': 'off',
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', '**.expect*'] }],
      'jest/no-commented-out-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/no-standalone-expect': ['error', { additionalTestBlockFunctions: ['itCounts'] }],
      'jest/valid-title': 'error',
    },
  },
  {
    files: ['**/*.js', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: SUBGRAPH_SCHEMAS,
    extends: [graphql.configs['flat/schema-recommended']],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
    rules: {
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
        },
      ],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
      // Composition knows the directives of federation; this rule does not.
      '@graphql-eslint/known-directives': 'off',
      // `User.username` is what everybody calls it.
      '@graphql-eslint/no-typename-prefix': 'off',
      // Values, payloads and pages have no identity; the keys of entities are checked by composition.
      '@graphql-eslint/strict-id-in-types': 'off',
    },
  },
  {
    // The example is kept shorter than the API's own convention.
    files: ['subgraphs/*/schema.graphql'],
    rules: {
      '@graphql-eslint/input-name': [
        'error',
        { checkInputType: true, checkQueries: false, caseSensitiveInputType: false },
      ],
    },
  },
  {
    files: [CLIENT_DOCUMENTS],
    extends: [graphql.configs['flat/operations-recommended']],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
    rules: {
      '@graphql-eslint/lone-executable-definition': 'error',
      '@graphql-eslint/match-document-filename': [
        'error',
        {
          fileExtension: '.graphql',
          query: 'kebab-case',
          mutation: 'kebab-case',
          fragment: { style: 'kebab-case', suffix: '.fragment' },
        },
      ],
    },
  },
  prettier,
);
