/** A failure that is data and not an exception. */
export type UserError =
  | { readonly code: 'INVALID_INPUT'; readonly message: string; readonly path: readonly string[] }
  | {
      readonly code: 'VERSION_CONFLICT';
      readonly message: string;
      readonly path: readonly string[];
      readonly currentVersion: number;
    };

/** What a use case that can fail in expected ways returns. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly userErrors: readonly UserError[] };

export function invalidInput(field: string, message: string): UserError {
  return { code: 'INVALID_INPUT', message, path: [field] };
}

/** @param currentVersion - The version the profile has now. */
export function versionConflict(currentVersion: number): UserError {
  return {
    code: 'VERSION_CONFLICT',
    message: 'The profile has been written since that version was read.',
    path: ['expectedVersion'],
    currentVersion,
  };
}
