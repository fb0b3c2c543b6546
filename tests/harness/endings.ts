import type { Client } from '@identity/client/client';
import type { Doomed } from './hammer.js';
import { logInAgain, registerSomebody, type Person } from './people.js';

/** Sessions that wait for their end. */
export interface Ending {
  readonly doomed: readonly Doomed[];
  /** Access tokens of the same account whose sessions live on. */
  readonly living: readonly string[];
  /** Ends the doomed and notes when the answer came. Rejects when they have not been ended. */
  end(): Promise<void>;
}

/** Prepares sessions to be ended in one way: by a client without a token, and by an administrator if it takes one. */
export type PrepareEnding = (client: Client, admin: Person) => Promise<Ending>;

const logout: PrepareEnding = async (client) => {
  const ada = await registerSomebody(client);
  const elsewhere = await logInAgain(client, ada);
  return endingOf({ doomed: [ada], living: [elsewhere] }, async () => {
    const { data, errors } = await ada.client.logout();
    return data?.logout.revokedSessionCount === 1 ? null : errors;
  });
};

const logoutOfAllSessions: PrepareEnding = async (client) => {
  const ada = await registerSomebody(client);
  const elsewhere = await logInAgain(client, ada);
  return endingOf({ doomed: [ada, elsewhere] }, async () => {
    const { data, errors } = await ada.client.logout({ input: { allSessions: true } });
    return data?.logout.revokedSessionCount === 2 ? null : errors;
  });
};

const loginAnew: PrepareEnding = async (client) => {
  const ada = await registerSomebody(client);
  const elsewhere = await logInAgain(client, ada);
  return endingOf({ doomed: [ada], living: [elsewhere] }, async () => {
    const { data, errors } = await ada.client.login({ input: { identifier: ada.username, password: ada.password } });
    return data?.login.tokens == null ? (errors ?? data?.login.userErrors) : null;
  });
};

const changePassword: PrepareEnding = async (client) => {
  const ada = await registerSomebody(client);
  const elsewhere = await logInAgain(client, ada);
  return endingOf({ doomed: [elsewhere], living: [ada] }, async () => {
    const input = { currentPassword: ada.password, newPassword: `${ada.password} anew` };
    const { data, errors } = await ada.client.changePassword({ input });
    return data?.changePassword.revokedSessionCount === 1 ? null : errors;
  });
};

const revokeSession: PrepareEnding = async (client) => {
  const ada = await registerSomebody(client);
  const elsewhere = await logInAgain(client, ada);
  const sessionId = (await elsewhere.client.validateToken()).data?.validateToken.sessionId ?? '';
  return endingOf({ doomed: [elsewhere], living: [ada] }, async () => {
    const { data, errors } = await ada.client.revokeSession({ input: { sessionId } });
    return data?.revokeSession.session?.id === sessionId ? null : errors;
  });
};

const suspendUser: PrepareEnding = async (client, admin) => {
  const ada = await registerSomebody(client);
  return endingOf({ doomed: [ada] }, async () => {
    const acting = client.withAccessToken(admin.accessToken);
    const { data, errors } = await acting.suspendUser({ input: { userId: ada.id } });
    return data?.suspendUser.user?.status === 'SUSPENDED' ? null : errors;
  });
};

const lowerRoles: PrepareEnding = async (client, admin) => {
  const acting = client.withAccessToken(admin.accessToken);
  const ada = await registerSomebody(client);
  await acting.setUserRoles({ input: { userId: ada.id, roles: ['USER', 'ADMIN'] } });
  const appointed = await logInAgain(client, ada);
  return endingOf({ doomed: [ada, appointed] }, async () => {
    const { data, errors } = await acting.setUserRoles({ input: { userId: ada.id, roles: ['USER'] } });
    return data?.setUserRoles.user?.roles?.join() === 'USER' ? null : errors;
  });
};

/** Every way in which sessions are ended on purpose. */
export const waysToEnd: readonly PrepareEnding[] = [
  logout,
  logoutOfAllSessions,
  loginAnew,
  changePassword,
  revokeSession,
  suspendUser,
  lowerRoles,
];

/** @param mutate - Answers null when the doomed have ended, otherwise what went wrong. */
function endingOf(
  sessions: { readonly doomed: readonly Person[]; readonly living?: readonly Person[] },
  mutate: () => Promise<unknown>,
): Ending {
  const doomed = sessions.doomed.map(({ accessToken }) => ({ accessToken, endedAt: Number.NaN }));
  return {
    doomed,
    living: (sessions.living ?? []).map(({ accessToken }) => accessToken),
    async end() {
      const problem = await mutate();
      const now = performance.now();
      for (const token of doomed) token.endedAt = now;
      if (problem !== null) throw new Error(`sessions were not ended: ${JSON.stringify(problem)}`);
    },
  };
}
