import { createPrivateKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { loadConfig as loadAuthConfig } from '@identity/auth/config';
import { loadConfig as loadGatewayConfig } from '@identity/gateway/config';
import { loadConfig as loadUsersConfig } from '@identity/users/config';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSecrets, SECRET_VARIABLES } from '../../scripts/create-secrets.js';
import { fillTemplate } from '../../scripts/env-template.js';
import { readText } from '../../scripts/project-files.js';
import { runCommand } from '../harness/command.js';
import { environmentOf, interpolate, readComposeFile, servicesOf } from './support/compose-file.js';
import { imageEnvironment, readDockerfile } from './support/dockerfile.js';

const CREATED = ['.env', 'secrets/keys/signing.pem'];

describe('npm run secrets', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'identity-secrets-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function run() {
    const command = runCommand({ script: 'scripts/secrets.ts', folder });
    const code = await command.exit();
    return { code, output: command.output() };
  }

  async function create() {
    const user = { uid: process.getuid?.() ?? 1_000, gid: process.getgid?.() ?? 1_000 };
    await createSecrets({ folder, template: await readText('.env.example'), user });
  }

  function contents(): Promise<readonly string[]> {
    return Promise.all(CREATED.map((file) => readFile(join(folder, file), 'utf8')));
  }

  async function variables(): Promise<NodeJS.Dict<string>> {
    return parseEnv(await readFile(join(folder, '.env'), 'utf8'));
  }

  test('creates everything for its owner only, and prints no secret', async () => {
    const { code, output } = await run();

    expect(code).toBe(0);
    expect(output.split('\n').sort()).toEqual(['', 'created .env', 'created secrets/keys/signing.pem']);
    for (const file of CREATED) expect(await modeOf(join(folder, file))).toBe(0o600);
    for (const name of ['secrets', 'secrets/keys']) expect(await modeOf(join(folder, name))).toBe(0o700);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      '.env',
      'secrets',
      'secrets/keys',
      'secrets/keys/signing.pem',
    ]);
  });

  test('makes secrets that are long, all different, and safe in URLs', async () => {
    await create();
    const values = await variables();
    const secrets = SECRET_VARIABLES.map((name) => values[name]);

    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
    expect(new Set(secrets).size).toBe(SECRET_VARIABLES.length);
    const key = createPrivateKey(await readFile(join(folder, 'secrets/keys/signing.pem')));
    expect(key.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  });

  test('makes what production accepts, with docker-compose.yml and the images', async () => {
    await create();
    const values = await variables();
    const services = servicesOf(await readComposeFile());
    const environment = async (name: string, dockerfile: string) => ({
      ...imageEnvironment((await readDockerfile(dockerfile)).at(-1)),
      ...environmentOf(services[name], values),
    });

    expect(loadGatewayConfig(await environment('gateway', 'gateway/Dockerfile'))).toMatchObject({
      host: '0.0.0.0',
      port: 4000,
      routerSecret: values['ROUTER_SECRET'],
      introspection: false,
      sandbox: false,
      altair: false,
    });
    expect(loadAuthConfig(await environment('auth', 'subgraphs/auth/Dockerfile'))).toMatchObject({
      host: '0.0.0.0',
      databaseUrl: `mysql://auth:${String(values['AUTH_DATABASE_PASSWORD'])}@mysql:3306/auth`,
      redisUrl: `redis://default:${String(values['REDIS_PASSWORD'])}@redis:6379`,
      passwordPepper: values['PASSWORD_PEPPER'],
    });
    // The container mounts this folder as it is, and not those around it.
    const keysFolder = join(folder, 'secrets/keys');
    for (const around of [folder, join(folder, 'secrets')]) await chmod(around, 0o711);
    const mounted = { ...(await environment('auth', 'subgraphs/auth/Dockerfile')), KEYS_DIR: keysFolder };
    asUser(Number(values['CONTAINER_UID']), () => {
      expect(readdirSync(keysFolder)).toEqual(['signing.pem']);
      expect(loadAuthConfig(mounted)).toMatchObject({ strictKeys: true });
    });
    expect(loadUsersConfig(await environment('users', 'subgraphs/users/Dockerfile'))).toMatchObject({
      host: '0.0.0.0',
      databaseUrl: `mysql://users:${String(values['USERS_DATABASE_PASSWORD'])}@mysql:3306/users`,
      authUrl: 'http://auth:4001',
    });
  });

  test('makes an .env file with which each service runs by itself', async () => {
    await create();
    const values = await variables();

    expect(loadAuthConfig(values)).toMatchObject({
      keysFolder: './secrets/keys',
      databaseUrl: expect.stringMatching(/^sqlite:/),
    });
    expect(loadUsersConfig(values)).toMatchObject({ databaseUrl: expect.stringMatching(/^sqlite:/), redisUrl: null });
    expect(loadGatewayConfig(values)).toMatchObject({ host: '127.0.0.1', sandbox: true });
  });

  test('lets a container read the key without being root', async () => {
    await create();
    const user = interpolate(String(servicesOf(await readComposeFile())['auth']?.['user']), await variables());
    const { uid, gid } = await stat(join(folder, 'secrets/keys/signing.pem'));

    expect(user).toBe(`${String(uid)}:${String(gid)}`);
    expect(await stat(join(folder, 'secrets/keys'))).toMatchObject({ uid, gid });
    expect(uid).not.toBe(0);
    expect((await stat(join(folder, '.env'))).uid).toBe(process.getuid?.());
  });

  test('keeps what exists', async () => {
    await run();
    const before = await contents();
    const { code, output } = await run();

    expect(code).toBe(0);
    expect(output.split('\n').sort()).toEqual(['', 'kept .env as it is', 'kept secrets/keys/signing.pem as it is']);
    expect(await contents()).toEqual(before);
  });

  test('adds the key that is missing, and no line to an .env file of somebody', async () => {
    await writeFile(join(folder, '.env'), 'ROUTER_SECRET=mine\n');
    const { code, output } = await run();

    expect(code).toBe(1);
    expect(output).toContain('created secrets/keys/signing.pem');
    expect(output).toMatch(/no value for PASSWORD_PEPPER, MYSQL_ROOT_PASSWORD, /);
    expect(await readFile(join(folder, '.env'), 'utf8')).toBe('ROUTER_SECRET=mine\n');
  });

  test('makes one set when started twice at once', async () => {
    const runs = await Promise.all([run(), run(), run()]);

    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const file of CREATED) {
      expect(runs.filter(({ output }) => output.includes(`created ${file}\n`))).toHaveLength(1);
    }
  });
});

describe('fillTemplate', () => {
  test('fills in exactly the named lines', () => {
    expect(fillTemplate('# A=\nA=\nAA=\nB=b\n', { A: '$&1' })).toBe('# A=\nA=$&1\nAA=\nB=b\n');
  });

  test.each(['', '#A=', 'A=a', 'BA='])('refuses a template without the line: %j', (template) => {
    expect(() => fillTemplate(template, { A: '1' })).toThrow('.env.example: there is no line "A="');
  });
});

/** Does something with the rights of the user, as the container has them. */
function asUser<T>(uid: number, work: () => T): T {
  const before = process.geteuid?.() ?? uid;
  process.seteuid?.(uid);
  try {
    return work();
  } finally {
    process.seteuid?.(before);
  }
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
