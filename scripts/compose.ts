import { rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { composeSupergraph, type SubgraphSource } from './compose-supergraph.js';
import { PROJECT_ROOT, readIfPresent, readText } from './project-files.js';
import { parseSupergraphConfig, type SubgraphEntry } from './supergraph-config.js';
import { runTool, ToolError } from './tool-error.js';

const SUPERGRAPH_FILE = 'schema/supergraph.graphql';
const API_FILE = 'schema/api.graphql';

await runTool(async () => {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const config = parseSupergraphConfig(await readText('supergraph.yaml'), process.env);
  demandInstalledVersion(config.federationVersion);
  const { supergraphSdl, apiSdl, hints } = composeSupergraph(await Promise.all(config.subgraphs.map(readSubgraph)));
  for (const hint of hints) {
    console.warn(`hint: ${hint}`);
  }
  const outputs = [
    { file: SUPERGRAPH_FILE, text: supergraphSdl },
    { file: API_FILE, text: apiSdl },
  ];
  await (values.check ? check(outputs) : write(outputs));
});

interface Output {
  readonly file: string;
  readonly text: string;
}

async function check(outputs: readonly Output[]): Promise<void> {
  const current = await Promise.all(outputs.map(({ file }) => readIfPresent(file)));
  const stale = outputs.filter(({ text }, index) => current[index] !== text);
  if (stale.length > 0) {
    const lines = stale.map(({ file }) => `${file} does not agree with the subgraphs' schemas`);
    throw new ToolError([...lines, 'Run `npm run compose` and commit the result.'].join('\n'));
  }
  console.log(`${outputs.map(({ file }) => file).join(' and ')} are up to date`);
}

async function write(outputs: readonly Output[]): Promise<void> {
  const staged = outputs.map((output) => ({ ...output, temporary: `${output.file}.${String(process.pid)}.tmp` }));
  try {
    await Promise.all(staged.map(({ temporary, text }) => writeFile(join(PROJECT_ROOT, temporary), text)));
    for (const { temporary, file } of staged) {
      await rename(join(PROJECT_ROOT, temporary), join(PROJECT_ROOT, file));
      console.log(`wrote ${file}`);
    }
  } finally {
    await Promise.all(staged.map(({ temporary }) => rm(join(PROJECT_ROOT, temporary), { force: true })));
  }
}

async function readSubgraph(entry: SubgraphEntry): Promise<SubgraphSource> {
  try {
    return { ...entry, sdl: await readText(entry.schemaFile) };
  } catch (error) {
    if (!(error instanceof ToolError)) {
      throw error;
    }
    throw new ToolError(`Subgraph "${entry.name}": ${error.message}`);
  }
}

/** A supergraph composed by another version than the one that is declared would drift from what Rover makes of it. */
function demandInstalledVersion(declared: string): void {
  const installed: unknown = createRequire(import.meta.url)('@apollo/composition/package.json');
  const version = typeof installed === 'object' && installed && 'version' in installed ? String(installed.version) : '';
  const exact = declared.startsWith('=');
  if (exact ? declared !== `=${version}` : declared !== version.split('.')[0]) {
    throw new ToolError(
      `supergraph.yaml: federation_version is ${declared}, but @apollo/composition ${version} is installed`,
    );
  }
}
