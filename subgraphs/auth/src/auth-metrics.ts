import { PublicError } from '@identity/service-kit/errors';
import type { Meter } from '@identity/service-kit/metrics';
import type { UseCases } from './context.js';
import type { HashingEvents, HashingLoad } from './domain/ports.js';
import type { LimitName } from './domain/rate-limit.js';
import type { Result } from './domain/user-errors.js';

/** What is measured of this subgraph's own work. */
export interface AuthMetrics {
  readonly hashing: HashingEvents;
  /** Shows how busy the hashing of passwords is. */
  watchHashing(load: () => HashingLoad): void;
  /** An attempt was beyond a limit. */
  limitExceeded(limit: LimitName): void;
  sessionsRevoked(count: number): void;
  /** Counts how logins, registrations, refreshes and changes of passwords end. */
  counted(useCases: UseCases): UseCases;
}

/** Creates the metrics of the Auth subgraph. */
export function createAuthMetrics(meter: Meter): AuthMetrics {
  const outcomes = (name: string, help: string) => meter.counter({ name, help, labels: ['outcome'] });
  const countLogin = outcomes('identity_auth_logins_total', 'Logins by how they have ended.');
  const countRegistration = outcomes('identity_auth_registrations_total', 'Registrations by how they have ended.');
  const countRefresh = outcomes('identity_auth_refreshes_total', 'Refreshes of sessions by how they have ended.');
  const countChange = outcomes('identity_auth_password_changes_total', 'Changes of passwords by how they have ended.');
  const countExceeded = meter.counter({
    name: 'identity_auth_limits_exceeded_total',
    help: 'Attempts beyond a limit. A login from a known device may have been let in all the same.',
    labels: ['limit'],
  });
  const countRevoked = meter.counter({
    name: 'identity_auth_sessions_revoked_total',
    help: 'Sessions that have been ended before their time.',
    labels: [],
  });
  const countRefused = meter.counter({
    name: 'identity_auth_password_hashes_refused_total',
    help: 'Passwords turned away because too many were waiting to be hashed.',
    labels: [],
  });
  const observeHash = meter.histogram({
    name: 'identity_auth_password_hash_duration_seconds',
    help: 'How long hashing or comparing a password has taken, without waiting.',
    labels: [],
  });

  return {
    hashing: {
      onHashed: (seconds) => observeHash({}, seconds),
      onRefused: () => countRefused({}),
    },
    watchHashing(load) {
      meter.gauge({
        name: 'identity_auth_password_hashes',
        help: 'Passwords that are being hashed, and those that wait for it.',
        labels: ['state'],
        read() {
          const { running, waiting } = load();
          return Object.entries({ running, waiting }).map(([state, value]) => ({ labels: { state }, value }));
        },
      });
    },
    limitExceeded: (limit) => countExceeded({ limit }),
    sessionsRevoked: (count) => countRevoked({}, count),
    counted: (useCases) => ({
      ...useCases,
      login: counting(useCases.login, countLogin),
      register: counting(useCases.register, countRegistration),
      refreshSession: counting(useCases.refreshSession, countRefresh),
      changePassword: counting(useCases.changePassword, countChange),
    }),
  };
}

type Count = (labels: { readonly outcome: string }) => void;

function counting<TArguments extends readonly unknown[], TValue>(
  useCase: (...given: TArguments) => Promise<Result<TValue>>,
  count: Count,
): (...given: TArguments) => Promise<Result<TValue>> {
  return async (...given) => {
    try {
      const result = await useCase(...given);
      count({ outcome: result.ok ? 'success' : outcomeOf(result.userErrors[0]?.code) });
      return result;
    } catch (error) {
      count({ outcome: outcomeOf(error instanceof PublicError ? error.code : undefined) });
      throw error;
    }
  };
}

function outcomeOf(code = 'INTERNAL_SERVER_ERROR'): string {
  return code.toLowerCase();
}
