import type { ResultOf, TypedDocumentNode, VariablesOf } from '@graphql-typed-document-node/core';
import {
  ChangePasswordDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  MySessionsDocument,
  NodeDocument,
  NodesDocument,
  RefreshSessionDocument,
  RegisterDocument,
  ReinstateUserDocument,
  RevokeSessionDocument,
  SetUserRolesDocument,
  SuspendUserDocument,
  UpdatePreferencesDocument,
  UpdateProfileDocument,
  UserByUsernameDocument,
  UserDocument,
  UsersDocument,
  ValidateTokenDocument,
} from './__generated__/operations.js';
import type { GraphqlResult } from './graphql-result.js';
import { send, type Fetch, type SessionTransport } from './transport.js';

/** How to reach the API, and as whom. */
export interface ClientOptions {
  /** The gateway's GraphQL endpoint. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly accessToken?: string;
  /** Sent along with every operation. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Where the refresh token is kept. `cookie`: in a cookie that scripts cannot read, for browsers, if the server offers
   * it; `refreshToken` is then empty in answers, and `refreshSession` takes an empty one. By default in `body`: with the
   * caller.
   */
  readonly sessionTransport?: SessionTransport;
  /** The platform's `fetch` when left out. */
  readonly fetch?: Fetch;
}

/** Variables may be left out where the operation demands none. */
type Arguments<TVariables> =
  Record<string, never> extends TVariables ? [variables?: TVariables] : [variables: TVariables];

type Operation<TDocument> = (...args: Arguments<VariablesOf<TDocument>>) => Promise<GraphqlResult<ResultOf<TDocument>>>;

/**
 * The API's operations. Each resolves to the GraphQL answer as it came: expected failures are `userErrors` in `data`,
 * all others are `errors`. Only an exchange without a GraphQL answer rejects, with a `ClientError`. Nothing is retried.
 */
export interface Client {
  readonly me: Operation<typeof MeDocument>;
  readonly mySessions: Operation<typeof MySessionsDocument>;
  readonly validateToken: Operation<typeof ValidateTokenDocument>;
  readonly user: Operation<typeof UserDocument>;
  readonly userByUsername: Operation<typeof UserByUsernameDocument>;
  readonly users: Operation<typeof UsersDocument>;
  readonly node: Operation<typeof NodeDocument>;
  readonly nodes: Operation<typeof NodesDocument>;
  readonly register: Operation<typeof RegisterDocument>;
  readonly login: Operation<typeof LoginDocument>;
  readonly refreshSession: Operation<typeof RefreshSessionDocument>;
  readonly logout: Operation<typeof LogoutDocument>;
  readonly revokeSession: Operation<typeof RevokeSessionDocument>;
  readonly changePassword: Operation<typeof ChangePasswordDocument>;
  readonly updateProfile: Operation<typeof UpdateProfileDocument>;
  readonly updatePreferences: Operation<typeof UpdatePreferencesDocument>;
  readonly setUserRoles: Operation<typeof SetUserRolesDocument>;
  readonly suspendUser: Operation<typeof SuspendUserDocument>;
  readonly reinstateUser: Operation<typeof ReinstateUserDocument>;
  /** Runs an operation of the caller's own. */
  execute<TData, TVariables>(
    document: TypedDocumentNode<TData, TVariables>,
    ...args: Arguments<TVariables>
  ): Promise<GraphqlResult<TData>>;
  /** A client like this one that acts with another access token, or with none. */
  withAccessToken(accessToken: string | null): Client;
}

/** Creates a client of the API. It holds no connection and no state: creating one costs nothing. */
export function createClient({
  url,
  accessToken,
  headers = {},
  sessionTransport = 'body',
  fetch = globalThis.fetch,
}: ClientOptions): Client {
  const endpoint = { url, accessToken, headers, sessionTransport, fetch };

  function operation<TData, TVariables>(document: TypedDocumentNode<TData, TVariables>) {
    return (...[variables]: Arguments<TVariables>): Promise<GraphqlResult<TData>> =>
      send(endpoint, document, variables);
  }

  return {
    me: operation(MeDocument),
    mySessions: operation(MySessionsDocument),
    validateToken: operation(ValidateTokenDocument),
    user: operation(UserDocument),
    userByUsername: operation(UserByUsernameDocument),
    users: operation(UsersDocument),
    node: operation(NodeDocument),
    nodes: operation(NodesDocument),
    register: operation(RegisterDocument),
    login: operation(LoginDocument),
    refreshSession: operation(RefreshSessionDocument),
    logout: operation(LogoutDocument),
    revokeSession: operation(RevokeSessionDocument),
    changePassword: operation(ChangePasswordDocument),
    updateProfile: operation(UpdateProfileDocument),
    updatePreferences: operation(UpdatePreferencesDocument),
    setUserRoles: operation(SetUserRolesDocument),
    suspendUser: operation(SuspendUserDocument),
    reinstateUser: operation(ReinstateUserDocument),
    execute: (document, ...args) => operation(document)(...args),
    withAccessToken: (token) =>
      createClient({ url, headers, sessionTransport, fetch, ...(token === null ? {} : { accessToken: token }) }),
  };
}
