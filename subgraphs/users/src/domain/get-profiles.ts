import type { RequestTime } from '@identity/service-kit/request-time';
import type { ProfileStore } from './ports.js';
import { emptyProfile, type Profile } from './profile.js';

/** Reads the profiles of any number of people at once, in the order asked for; nobody is without one. */
export type GetProfiles = (userIds: readonly string[], time: RequestTime) => Promise<readonly Profile[]>;

export function createGetProfiles(profiles: ProfileStore): GetProfiles {
  return async (userIds, time) => {
    const found = new Map((await profiles.findByUserIds(userIds, time)).map((profile) => [profile.userId, profile]));
    return userIds.map((userId) => found.get(userId) ?? emptyProfile(userId));
  };
}
