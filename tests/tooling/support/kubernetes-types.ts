import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT_ROOT } from '../../../scripts/project-files.js';
import { list, type Mapping } from './mapping.js';

/** An object of Kubernetes, and where it is written. */
export interface Manifest {
  readonly place: string;
  readonly content: Mapping;
}

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  lib: ['lib.es5.d.ts'],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** Fields that the API's types call texts, and what the API takes. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  whenUnsatisfiable: ['DoNotSchedule', 'ScheduleAnyway'],
  unhealthyPodEvictionPolicy: ['AlwaysAllow', 'IfHealthyBudget'],
  policyTypes: ['Ingress', 'Egress'],
  protocol: ['TCP', 'UDP', 'SCTP'],
  pathType: ['Exact', 'Prefix', 'ImplementationSpecific'],
  operator: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
};

/** In this folder, because types are looked for from where they are named. */
const FILE = join(PROJECT_ROOT, 'tests/tooling/support/manifests.virtual.ts');

/**
 * What the schema of the Kubernetes API has against manifests, a line each with the place: fields that there are not,
 * that are missing, or of another type. `kubernetes-types` is that schema, generated from the API's OpenAPI document.
 */
export function schemaProblems(manifests: readonly Manifest[]): readonly string[] {
  const declarations = manifests.map(
    ({ content }, index) => `const manifest${String(index)}: ${typeOf(content)} = ${JSON.stringify(content)};\n`,
  );
  const host = ts.createCompilerHost(OPTIONS);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === FILE ? ts.createSourceFile(FILE, declarations.join(''), ts.ScriptTarget.ES2022) : read(name, ...rest);
  const wrongTypes = ts
    .getPreEmitDiagnostics(ts.createProgram([FILE], OPTIONS, host))
    .map(({ file, start = 0, messageText }) => {
      const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
      return `${manifests[line]?.place ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  const choices = manifests.flatMap(({ place, content }) =>
    wrongChoices(content).map((choice) => `${place}: ${choice}`),
  );
  return [...wrongTypes, ...choices];
}

function wrongChoices(content: unknown): readonly string[] {
  if (Array.isArray(content)) return content.flatMap(wrongChoices);
  if (typeof content !== 'object' || content === null) return [];
  return Object.entries(content).flatMap(([field, value]) => [
    ...wrongChoices(value),
    ...list(CHOICES[field] === undefined ? [] : [value].flat())
      .filter((choice) => CHOICES[field]?.includes(String(choice)) !== true)
      .map((choice) => `${field}: ${String(choice)}`),
  ]);
}

/** `apps/v1` is in `kubernetes-types/apps/v1`, and `v1`, the first group that there was, in `core/v1`. */
function typeOf({ apiVersion, kind }: Mapping): string {
  const [version = '', group = 'core'] = String(apiVersion).split('/').reverse();
  return `import('kubernetes-types/${String(group.split('.')[0])}/${version}').${String(kind)}`;
}
