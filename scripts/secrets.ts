import { createSecrets, demandSecrets } from './create-secrets.js';
import { readText } from './project-files.js';
import { runTool } from './tool-error.js';

/** Where the operating system has no user numbers, its containers do: that of the images' user. */
const DEFAULT_ID = 1_000;

await runTool(async () => {
  const user = { uid: process.getuid?.() ?? DEFAULT_ID, gid: process.getgid?.() ?? DEFAULT_ID };
  const folder = process.cwd();
  const lines = await createSecrets({ folder, template: await readText('.env.example'), user });
  console.log(lines.join('\n'));
  await demandSecrets(folder);
});
