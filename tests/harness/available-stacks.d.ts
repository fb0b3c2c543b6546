/** Finds a program on the PATH, or in /usr/sbin; the names are in the order of preference. */
export function findProgram(names: readonly string[]): string | undefined;
/** The path of a MariaDB or MySQL server. */
export function findMariaDb(): string | undefined;
/** The path of a Redis server. */
export function findRedis(): string | undefined;
/** The path of a Chromium. */
export function findChromium(): string | undefined;
/**
 * Whether the tests in a browser run.
 *
 * @throws Error when there is no browser in CI
 */
export function browserIsAvailable(): boolean;
/** The path of a kubectl whose Kustomize is new enough. */
export function findKubectl(): string | undefined;
/**
 * Whether the manifests are compared with what Kustomize makes of them.
 *
 * @throws Error when there is none in CI
 */
export function kubectlIsAvailable(): boolean;
/**
 * Whether the tests through Hive Gateway run.
 *
 * @throws Error when it is not there in CI
 */
export function hiveGatewayIsAvailable(): boolean;
/**
 * The stacks that the suite runs on.
 *
 * @throws Error when a server is missing in CI, or STACKS names none or unknown ones
 */
export function availableStacks(): string[];
