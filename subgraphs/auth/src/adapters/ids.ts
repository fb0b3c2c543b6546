import { typeid } from 'typeid-js';
import type { NewId } from '../domain/ports.js';

/** Makes TypeIDs: a type prefix and a UUIDv7, so that ids are opaque and sort by time. */
export const newTypeId: NewId = {
  user: () => typeid('user').toString(),
  session: () => typeid('session').toString(),
};
