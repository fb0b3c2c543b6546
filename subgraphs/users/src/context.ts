import type { RequestTime } from '@identity/service-kit/request-time';
import type { SubgraphRequest } from '@identity/service-kit/subgraph-request';
import DataLoader from 'dataloader';
import type { GetProfiles } from './domain/get-profiles.js';
import type { Profile } from './domain/profile.js';
import type { UpdatePreferences } from './domain/update-preferences.js';
import type { UpdateProfile } from './domain/update-profile.js';

/** What this subgraph can do. */
export interface UseCases {
  readonly getProfiles: GetProfiles;
  readonly updateProfile: UpdateProfile;
  readonly updatePreferences: UpdatePreferences;
}

/** What a resolver knows of its request. */
export interface UsersContext extends SubgraphRequest {
  readonly useCases: UseCases;
  /** Gathers every profile that one request asks for into one read. */
  readonly profiles: DataLoader<string, Profile>;
}

/** @param time - What reads take is taken from. */
export function createContext(request: SubgraphRequest, useCases: UseCases, time: RequestTime): UsersContext {
  // Member by member: V8 copies objects into a literal several times as slowly.
  return {
    requestId: request.requestId,
    authentication: request.authentication,
    ipAddress: request.ipAddress,
    userAgent: request.userAgent,
    record: request.record,
    useCases,
    profiles: new DataLoader((userIds) => useCases.getProfiles(userIds, time)),
  };
}
