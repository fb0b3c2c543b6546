import { CommandError, readCommandLine } from '@identity/service-kit/command-line';
import { failBoot } from '@identity/service-kit/lifecycle';
import { createLogger } from '@identity/service-kit/logger';
import { createAdminApp, type AdminApp } from './admin-app.js';
import { loadAdminConfig } from './config.js';
import type { Account } from './domain/account.js';
import type { UserErrorCode } from './domain/user-errors.js';

/** Beside what the command says to whoever runs it. */
const logger = createLogger({ service: 'auth', level: 'info', destination: process.stderr });

const USAGE = `Appoints administrators, also the first one:

  grant <email>    makes an account an administrator, from its next login or refresh on
  revoke <email>   makes it one no more, and ends all its sessions at once
  list             shows all administrators

Instead of <email>, the username or the id of the account. Anybody can register with an address that is not theirs: make
sure by the id or the username that the account is the right person's.

It works on Auth's database, AUTH_DATABASE_URL, or else on that of \`npm start\`; the service may be running or not.
--env-file=<file> sets such variables.`;

try {
  const { positionals } = readCommandLine(process.argv.slice(2), {});
  const run = commandOf(positionals);
  const app = await createAdminApp(loadAdminConfig().databaseUrl);
  try {
    process.stdout.write(`${await run(app)}\n`);
  } finally {
    await app.close();
  }
} catch (error) {
  failBoot(error);
}

function commandOf([command, name, ...more]: readonly string[]): (app: AdminApp) => Promise<string> {
  if (more.length > 0) throw new CommandError(USAGE);
  if (command === 'list' && name === undefined) return list;
  if (command === 'grant' && name !== undefined) return (app) => grant(app, name);
  if (command === 'revoke' && name !== undefined) return (app) => revoke(app, name);
  throw new CommandError(USAGE);
}

async function grant(app: AdminApp, name: string): Promise<string> {
  const result = await app.grant(name);
  if (!result.ok) throw refusal(result.userErrors[0]?.code, name);
  const { account, changed } = result.value;
  if (changed) noteAdministration('grant', account);
  return `${nameOf(account)} is an administrator${sinceWhen(account, changed)}.\n\n${identityOf(account)}`;
}

function sinceWhen({ status }: Account, changed: boolean): string {
  if (!changed) return ' already';
  if (status !== 'ACTIVE') return ', but cannot log in before another one has reinstated the account';
  return ' from the next login or refresh on';
}

/** What tells whoever grants whether this is the account that they mean, as an address does not. */
function identityOf({ id, username, email, emailVerified, createdAt }: Account): string {
  return `  id          ${id}
  username    ${username}
  registered  ${createdAt.toISOString()}
  email       ${email}, ${emailVerified ? 'verified' : "not verified: it may be somebody else's"}

Make sure by the id or the username that this account is the right person's. If it is not, take the role back; from the
last administrator that is possible after the right one has been appointed:

  npm run admin -- revoke ${id}`;
}

async function revoke(app: AdminApp, name: string): Promise<string> {
  const result = await app.revoke(name);
  if (!result.ok) throw refusal(result.userErrors[0]?.code, name);
  const { account, changed, endedSessionCount } = result.value;
  if (!changed) return `${nameOf(account)} is no administrator.`;
  noteAdministration('revoke', account);
  return `${nameOf(account)} is no administrator any more. Sessions ended: ${String(endedSessionCount)}.`;
}

/** As the service does for administrators; the operating system knows who the operator is. */
function noteAdministration(command: string, { id }: Account): void {
  logger.info({ fields: [command], actorId: 'operator', userId: id }, 'an administrator has acted');
}

async function list(app: AdminApp): Promise<string> {
  const admins = await app.list();
  return admins.length === 0 ? 'There are no administrators.' : admins.map(nameOf).join('\n');
}

function nameOf({ username, email, status }: Account): string {
  return `${username} <${email}>${status === 'ACTIVE' ? '' : ` (${status})`}`;
}

function refusal(code: UserErrorCode | undefined, name: string): CommandError {
  return new CommandError(
    code === 'LAST_ADMIN'
      ? `${name} is the last administrator; appoint another one first.`
      : `There is no account ${name}; it has to be registered first.`,
  );
}
