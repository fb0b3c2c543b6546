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

function commandOf([command, email, ...more]: readonly string[]): (app: AdminApp) => Promise<string> {
  if (more.length > 0) throw new CommandError(USAGE);
  if (command === 'list' && email === undefined) return list;
  if (command === 'grant' && email !== undefined) return (app) => grant(app, email);
  if (command === 'revoke' && email !== undefined) return (app) => revoke(app, email);
  throw new CommandError(USAGE);
}

async function grant(app: AdminApp, email: string): Promise<string> {
  const result = await app.grant(email);
  if (!result.ok) throw refusal(result.userErrors[0]?.code, email);
  const { account, changed } = result.value;
  if (!changed) return `${nameOf(account)} is an administrator already.`;
  noteAdministration('grant', account);
  return account.status === 'ACTIVE'
    ? `${nameOf(account)} is an administrator from the next login or refresh on.`
    : `${nameOf(account)} is an administrator, but cannot log in before another one has reinstated the account.`;
}

async function revoke(app: AdminApp, email: string): Promise<string> {
  const result = await app.revoke(email);
  if (!result.ok) throw refusal(result.userErrors[0]?.code, email);
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

function refusal(code: UserErrorCode | undefined, email: string): CommandError {
  return new CommandError(
    code === 'LAST_ADMIN'
      ? `${email} is the last administrator; appoint another one first.`
      : `There is no account with the address ${email}; it has to register first.`,
  );
}
