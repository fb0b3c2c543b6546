import { dirname } from 'node:path';
import { executeCodegen } from '@graphql-codegen/cli';
import config from '../codegen.js';
import { CLIENT_MANIFEST_FILE, clientManifest } from './client-manifest.js';
import { listIfPresent, PROJECT_ROOT, readIfPresent } from './project-files.js';
import { runTool, ToolError } from './tool-error.js';

await runTool(async () => {
  // Unlike `generate`, this returns the texts and writes nothing.
  const { result, error } = await executeCodegen({ ...config, cwd: PROJECT_ROOT, silent: true });
  if (error) {
    throw new ToolError(`The types cannot be generated: ${error.message}`);
  }
  const outputs = [...result, { filename: CLIENT_MANIFEST_FILE, content: clientManifest() }];
  const current = await Promise.all(outputs.map(({ filename }) => readIfPresent(filename)));
  const stale = outputs.filter(({ content }, index) => current[index] !== content).map(({ filename }) => filename);
  const orphaned = await findOrphans(result.map(({ filename }) => filename));
  if (stale.length > 0 || orphaned.length > 0) {
    const lines = [
      ...stale.map((file) => `${file} is not what codegen makes of the schemas and documents`),
      ...orphaned.map((file) => `${file} is not generated any more: delete it`),
    ];
    throw new ToolError([...lines, 'Run `npm run codegen` and commit the result.'].join('\n'));
  }
  console.log(`${String(outputs.length)} generated files are up to date`);
});

/** Files beside the generated ones that codegen does not make. */
async function findOrphans(generated: readonly string[]): Promise<readonly string[]> {
  const folders = [...new Set(generated.map((file) => dirname(file)))];
  const present = await Promise.all(
    folders.map(async (folder) => (await listIfPresent(folder)).map((name) => `${folder}/${name}`)),
  );
  return present.flat().filter((file) => !generated.includes(file));
}
