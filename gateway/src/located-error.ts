import type { GraphQLError } from 'graphql';

/**
 * Carries an error whose place in the client's answer is already known past Apollo's executor, which computes places of
 * its own and mixes up entities when not all objects of a list have the key.
 */
export class LocatedError extends Error {
  override readonly name = 'LocatedError';
  readonly located: GraphQLError;

  constructor(located: GraphQLError) {
    super(located.message);
    this.located = located;
  }
}
