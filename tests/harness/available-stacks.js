import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const STACKS = ['embedded', 'distributed'];

/** Older ones do not know what the manifests are written in. */
const LEAST_KUSTOMIZE = 5;

/**
 * Finds a program on the PATH, or in /usr/sbin, which the PATH of ordinary users leaves out.
 *
 * @param {readonly string[]} names in the order of preference
 * @returns {string | undefined} its path
 */
export function findProgram(names) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/sbin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** @returns {string | undefined} the path of a MariaDB or MySQL server */
export function findMariaDb() {
  return findProgram(['mariadbd', 'mysqld']);
}

/** @returns {string | undefined} the path of a Redis server */
export function findRedis() {
  return findProgram(['redis-server']);
}

/** @returns {string | undefined} the path of a Chromium */
export function findChromium() {
  return findProgram(['chromium', 'chromium-browser', 'google-chrome']);
}

/**
 * @returns {boolean} whether the tests in a browser run
 * @throws {Error} when there is no browser in CI
 */
export function browserIsAvailable() {
  if (findChromium() !== undefined) return true;
  if (process.env['CI'] === 'true') throw new Error('CI runs the tests in a browser, and they need chromium.');
  process.stderr.write('skipped: the tests in a browser (chromium not found)\n');
  return false;
}

/**
 * @returns {boolean} whether the tests through Hive Gateway run
 * @throws {Error} when it is not there in CI
 */
export function hiveGatewayIsAvailable() {
  if (existsSync(new URL('../../routers/hive/node_modules/@graphql-hive/gateway', import.meta.url))) return true;
  const remedy = 'npm ci --prefix routers/hive --ignore-scripts';
  if (process.env['CI'] === 'true') throw new Error(`CI runs tests through Hive Gateway, and they need: ${remedy}`);
  process.stderr.write(`skipped: the tests through Hive Gateway (they need ${remedy})\n`);
  return false;
}

/** @returns {string | undefined} the path of a kubectl whose Kustomize is new enough */
export function findKubectl() {
  const path = findProgram(['kubectl']);
  return path !== undefined && kustomizeOf(path) >= LEAST_KUSTOMIZE ? path : undefined;
}

/**
 * @returns {boolean} whether the manifests are compared with what Kustomize makes of them
 * @throws {Error} when there is none in CI
 */
export function kubectlIsAvailable() {
  if (findKubectl() !== undefined) return true;
  const need = `kubectl with Kustomize ${LEAST_KUSTOMIZE} or newer`;
  if (process.env['CI'] === 'true') throw new Error(`CI renders the Kubernetes manifests, which needs ${need}.`);
  process.stderr.write(`skipped: the comparison of the manifests with Kustomize (${need} not found)\n`);
  return false;
}

/**
 * The stacks that the suite runs on. `STACKS=embedded` narrows them, but not in CI: there all are required.
 *
 * @returns {string[]}
 * @throws {Error} when a server is missing in CI, or STACKS names none or unknown ones
 */
export function availableStacks() {
  const missing = [
    ...(findMariaDb() === undefined ? ['mariadbd'] : []),
    ...(findRedis() === undefined ? ['redis-server'] : []),
  ];
  const isCi = process.env['CI'] === 'true';
  if (isCi && missing.length > 0) {
    throw new Error(`CI runs both stacks, and the distributed one needs ${missing.join(' and ')}.`);
  }
  const wanted = isCi ? STACKS : wantedStacks(process.env['STACKS'] ?? STACKS.join());
  if (missing.length === 0 || !wanted.includes('distributed')) return wanted;
  process.stderr.write(`skipped: the distributed stack (${missing.join(' and ')} not found)\n`);
  return wanted.filter((stack) => stack !== 'distributed');
}

/**
 * @param {string} list
 * @returns {string[]}
 */
function wantedStacks(list) {
  const wanted = list.split(',').map((stack) => stack.trim());
  const unknown = wanted.filter((stack) => !STACKS.includes(stack));
  if (unknown.length > 0) throw new Error(`STACKS must be a comma-separated list of ${STACKS.join(' and ')}.`);
  return wanted;
}

/**
 * @param {string} kubectl
 * @returns {number} the first part of the version of its Kustomize; 0 when it tells none
 */
function kustomizeOf(kubectl) {
  try {
    const told = execFileSync(kubectl, ['version', '--client', '--output=json'], { encoding: 'utf8', stdio: 'pipe' });
    return Number(/"kustomizeVersion": "v(\d+)\./.exec(told)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
