import { DEVICE_COOKIE_NAME } from '@identity/service-kit/device-cookie';
import { REFRESH_COOKIE_NAME } from '@identity/service-kit/refresh-cookie';
import { rootFieldsOf } from '@identity/service-kit/root-fields';
import { Kind, parse } from 'graphql';

/** A cookie that may pass between browsers and the subgraph that keeps sessions. */
export type SessionCookieName = typeof DEVICE_COOKIE_NAME | typeof REFRESH_COOKIE_NAME;

/** What asks for a password and can open a session has a use for what the device has kept, whoever was logged in. */
const OPENS: readonly SessionCookieName[] = [REFRESH_COOKIE_NAME, DEVICE_COOKIE_NAME];

/** Goes on with a session or can end it. */
const HAS_TO_DO: readonly SessionCookieName[] = [REFRESH_COOKIE_NAME];

const NOTHING: readonly SessionCookieName[] = [];

/** The mutations of the contract that open the caller's session, go on with it or can end it. */
const SESSION_MUTATIONS: ReadonlyMap<string, readonly SessionCookieName[]> = new Map([
  ['register', OPENS],
  ['login', OPENS],
  ['refreshSession', HAS_TO_DO],
  ['logout', HAS_TO_DO],
  ['revokeSession', HAS_TO_DO],
  // Administrators can do these to themselves.
  ['suspendUser', HAS_TO_DO],
  ['setUserRoles', HAS_TO_DO],
]);

/** The cookies that a subgraph's operation may read and set, by the session mutations among its root fields. */
export function sessionCookiesOf(query: string): readonly SessionCookieName[] {
  const document = parse(query, { noLocation: true });
  const named = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? rootFieldsOf(document, definition).flatMap(({ name }) => SESSION_MUTATIONS.get(name.value) ?? NOTHING)
      : NOTHING,
  );
  return [...new Set(named)];
}
