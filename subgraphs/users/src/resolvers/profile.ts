import type { Subject } from '@identity/service-kit/self-access';
import type { Profile } from '../domain/profile.js';

/** Whose a profile is. */
export function subjectOfProfile({ userId }: Profile): Subject {
  return { userId };
}
