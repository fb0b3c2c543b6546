import { bearer } from '../harness/graphql.js';
import { logInAgain, registerAdmin, registerSomebody, type Person } from '../harness/people.js';
import { sendRaw } from '../harness/raw-http.js';
import type { TestStack } from '../harness/stack.js';
import { OWN } from './values.js';
import type { WrittenOperation } from './written-operation.js';

/** Somebody who sends operations. */
export interface Caller {
  readonly name: string;
  /** What must not be in any answer to this caller. */
  readonly forbidden: readonly string[];
  send(operation: WrittenOperation): Promise<CallerAnswer>;
}

/** What came back. */
export interface CallerAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: string;
  readonly body: string;
}

/** Somebody whose data others must not get. */
export interface Victim {
  readonly id: string;
  readonly username: string;
  /** A session that others may ask for. */
  readonly knownSession: string;
  /** What nobody but the victim may ever see. */
  readonly secrets: readonly string[];
  /** What administrators may see, too. */
  readonly privateData: readonly string[];
  /** What everybody with an account may see, too. */
  readonly publicData: readonly string[];
}

const MARK = 'Zq9Victim';

/** Makes somebody with something in every field. */
export async function createVictim(stack: TestStack): Promise<Victim> {
  const victim = await registerSomebody(stack.client, {
    username: 'overheard',
    email: `${MARK}Mail@example.com`,
    password: `${MARK}-quiet-harbour`,
  });
  const login = await stack.client.login({
    input: { identifier: victim.email, password: victim.password, deviceName: `${MARK}Device` },
  });
  await victim.client.updateProfile({ input: { displayName: `${MARK}Name`, bio: `${MARK}Bio` } });
  await victim.client.updatePreferences({
    input: { locale: 'rm-CH', timeZone: 'Antarctica/Troll', custom: { [`${MARK}Key`]: `${MARK}Value` } },
  });
  const other = login.data?.login.tokens;
  const sessions = (await victim.client.mySessions()).data?.me?.sessions?.nodes ?? [];
  const [newest, oldest] = sessions;
  if (other == null || newest === undefined || oldest === undefined) throw new Error('the victim is not complete');
  return {
    id: victim.id,
    username: victim.username,
    knownSession: newest.id,
    secrets: [victim, other]
      .flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken])
      .concat(victim.password),
    privateData: [
      oldest.id,
      ...['Mail', 'Device', 'Key', 'Value'].map((what) => `${MARK}${what}`),
      'rm-CH',
      'Antarctica/Troll',
    ],
    publicData: ['Name', 'Bio'].map((what) => `${MARK}${what}`),
  };
}

/** Somebody without an account, somebody with one, and an administrator; none may see what the others alone may. */
export async function createCallers(stack: TestStack, victim: Victim): Promise<readonly Caller[]> {
  const plain = await registerSomebody(stack.client);
  const admin = await registerAdmin(stack);
  const secrets = [...victim.secrets, plain.password, admin.password];
  return [
    callerOf(stack, 'anonymous', null, [...secrets, ...victim.privateData, ...victim.publicData, plain.email]),
    callerOf(stack, 'plain', plain, [...victim.secrets, admin.password, ...victim.privateData, admin.email]),
    callerOf(stack, 'admin', admin, [...victim.secrets, plain.password]),
  ];
}

function callerOf(stack: TestStack, name: string, account: Person | null, forbidden: readonly string[]): Caller {
  let person = account;

  async function sendOnce(operation: string): Promise<CallerAnswer> {
    const { status, headers, body } = await sendRaw(stack.services.gateway.url, {
      headers: Object.entries({
        'content-type': 'application/json',
        ...(person === null ? {} : bearer(person.accessToken)),
      }),
      body: operation,
    });
    return { status, contentType: headers['content-type'] ?? '', headers: JSON.stringify(headers), body };
  }

  return {
    name,
    forbidden,
    async send(operation) {
      const answer = await sendOnce(forCaller(JSON.stringify(operation), person));
      // What was tried at random may have ended the session.
      if (person === null || !/"TOKEN_(?:REVOKED|EXPIRED)"/.test(answer.body)) return answer;
      person = await logInAgain(stack.client, person);
      return sendOnce(forCaller(JSON.stringify(operation), person));
    },
  };
}

function forCaller(operation: string, person: Person | null): string {
  return operation
    .replaceAll(OWN.id, person?.id ?? 'user_01h455vb4pex5vsknk084sn02q')
    .replaceAll(OWN.session, sessionOf(person))
    .replaceAll(OWN.access, person?.accessToken ?? 'a.b.c')
    .replaceAll(OWN.refresh, person?.refreshToken ?? 'x'.repeat(43));
}

/** The `sid` claim of the access token. */
function sessionOf(person: Person | null): string {
  const payload = Buffer.from(person?.accessToken.split('.')[1] ?? '', 'base64url').toString();
  return /"sid":"(\w+)"/.exec(payload)?.[1] ?? 'session_01h455vb4pex5vsknk084sn02q';
}
