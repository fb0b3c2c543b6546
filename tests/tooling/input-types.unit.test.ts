import { describe, expect, test } from '@jest/globals';
import { buildSchema, isInputObjectType, isObjectType } from 'graphql';
import { readText } from '../../scripts/project-files.js';

const schema = buildSchema(await readText('schema/api.graphql'));

/**
 * Everything a client can hand in, by input type. Extend it only after having asked who may set the new field: whose
 * account is changed follows from the access token, and what an account is or may do is for administrators.
 */
const INPUT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  RegisterInput: ['username', 'email', 'password', 'deviceName'],
  LoginInput: ['identifier', 'password', 'deviceName'],
  RefreshSessionInput: ['refreshToken'],
  LogoutInput: ['allSessions'],
  RevokeSessionInput: ['sessionId'],
  ChangePasswordInput: ['currentPassword', 'newPassword'],
  UpdateProfileInput: ['displayName', 'bio', 'avatarUrl', 'expectedVersion'],
  UpdatePreferencesInput: ['theme', 'locale', 'timeZone', 'emailNotifications', 'custom', 'expectedVersion'],
  SuspendUserInput: ['userId', 'reason'],
  ReinstateUserInput: ['userId'],
  SetUserRolesInput: ['userId', 'roles'],
  UserFilter: ['query', 'status', 'role'],
};

/** The only input types that may carry what makes an account powerful, or say whose account it is. */
const FOR_ADMINISTRATORS = ['ReinstateUserInput', 'SetUserRolesInput', 'SuspendUserInput', 'UserFilter'];

const inputTypes = Object.values(schema.getTypeMap()).filter(isInputObjectType);

describe('what clients can set', () => {
  test('is on an explicit list', () => {
    const coordinates = inputTypes.flatMap((type) =>
      Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
    );
    const listed = Object.entries(INPUT_FIELDS).flatMap(([type, fields]) => fields.map((field) => `${type}.${field}`));

    expect(coordinates.sort()).toEqual(listed.sort());
  });

  test('is never a role, a status or the account itself, but for administrators', () => {
    const powerful = inputTypes.filter((type) =>
      Object.values(type.getFields()).some(
        ({ name, type: fieldType }) =>
          /\b(Role|UserStatus)\b/.test(String(fieldType)) ||
          /^(roles?|status|isAdmin|id|user|userId|accountId|ownerId)$/i.test(name),
      ),
    );

    expect(powerful.map(({ name }) => name).sort()).toEqual(FOR_ADMINISTRATORS);
  });

  test('comes in through one argument of each mutation', () => {
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

    expect(mutations.length).toBeGreaterThan(0);
    for (const { name, args } of mutations) {
      expect([name, args.filter((argument) => argument.name !== 'input')]).toEqual([name, []]);
    }
  });

  test('is asked for by no field of an object, but for pages', () => {
    const asked = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .filter(
        (type) => type !== schema.getMutationType() && type !== schema.getQueryType() && !type.name.startsWith('__'),
      )
      .flatMap((type) =>
        Object.values(type.getFields()).flatMap(({ name, args }) =>
          args.map((argument) => `${type.name}.${name}.${argument.name}`),
        ),
      );

    expect(asked.sort()).toEqual(['User.sessions.after', 'User.sessions.first']);
  });
});
