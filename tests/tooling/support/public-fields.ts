/** Fields by type. */
type FieldList = Readonly<Record<string, readonly string[]>>;

/** Anybody may read or call these. A new field has to be put here, or below, or be given a directive. */
export const OPEN_FIELDS: FieldList = {
  Query: ['me', 'validateToken'],
  Mutation: ['register', 'login', 'refreshSession'],

  User: ['id', 'username', 'createdAt', 'profile'],
  Profile: ['displayName', 'bio', 'avatarUrl', 'version', 'updatedAt'],

  TokenInfo: ['active', 'userId', 'sessionId', 'roles', 'issuedAt', 'expiresAt'],
  AuthTokens: ['accessToken', 'tokenType', 'accessTokenExpiresAt', 'refreshToken', 'refreshTokenExpiresAt'],
  RegisterPayload: ['user', 'tokens', 'userErrors'],
  LoginPayload: ['user', 'tokens', 'userErrors'],
  RefreshSessionPayload: ['tokens', 'userErrors'],

  UserError: ['message', 'path', 'code'],
  InputError: ['message', 'path', 'code'],
  PasswordPolicyError: ['message', 'path', 'code', 'violations'],
  VersionConflictError: ['message', 'path', 'code', 'currentVersion'],
};

/** These need no decision of their own, because every way to their type leads through a field with a directive. */
export const ENCLOSED_FIELDS: FieldList = {
  Node: ['id'],
  Session: ['id', 'current', 'deviceName', 'userAgent', 'ipAddress', 'createdAt', 'lastUsedAt', 'expiresAt'],
  SessionConnection: ['edges', 'nodes', 'pageInfo', 'totalCount'],
  SessionEdge: ['cursor', 'node'],
  UserConnection: ['edges', 'nodes', 'pageInfo', 'totalCount'],
  UserEdge: ['cursor', 'node'],
  PageInfo: ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'],
  Preferences: ['theme', 'locale', 'timeZone', 'emailNotifications', 'custom'],

  LogoutPayload: ['revokedSessionCount', 'userErrors'],
  RevokeSessionPayload: ['session', 'userErrors'],
  ChangePasswordPayload: ['user', 'revokedSessionCount', 'userErrors'],
  SuspendUserPayload: ['user', 'userErrors'],
  ReinstateUserPayload: ['user', 'userErrors'],
  SetUserRolesPayload: ['user', 'userErrors'],
  UpdateProfilePayload: ['user', 'userErrors'],
  UpdatePreferencesPayload: ['user', 'userErrors'],

  // Of examples/notes.
  Note: ['text'],
};
