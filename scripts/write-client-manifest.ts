import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENT_MANIFEST_FILE, clientManifest } from './client-manifest.js';
import { PROJECT_ROOT } from './project-files.js';
import { runTool } from './tool-error.js';

await runTool(() => writeFile(join(PROJECT_ROOT, CLIENT_MANIFEST_FILE), clientManifest()));
