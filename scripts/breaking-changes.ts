import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, GraphQLError, type GraphQLSchema } from 'graphql';
import type { ChangeNote } from './change-note.js';
import { ToolError } from './tool-error.js';

/** A change of the API that can break a client that worked before. */
export interface BreakingChange {
  /** Where in the schema; a note allows the change by this name. */
  readonly coordinate: string;
  readonly message: string;
}

/** A breaking change together with the note that lets it pass, if there is one. */
export interface JudgedChange extends BreakingChange {
  readonly allowedBy: string | undefined;
}

/**
 * Finds what changed between two versions of the API so that a client can break.
 *
 * @throws ToolError when one of them is not a schema.
 */
export async function findBreakingChanges(before: string, after: string): Promise<readonly BreakingChange[]> {
  const changes = await diff(
    schemaOf('the previous schema/api.graphql', before),
    schemaOf('schema/api.graphql', after),
  );
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ path, type, message }) => ({ coordinate: path ?? String(type), message }));
}

/** Decides of every breaking change whether one of the notes allows it, by exactly its coordinate. */
export function judgeChanges(
  changes: readonly BreakingChange[],
  notes: readonly ChangeNote[],
): readonly JudgedChange[] {
  return changes.map((change) => ({
    ...change,
    allowedBy: notes.find(({ allows }) => allows.includes(change.coordinate))?.file,
  }));
}

function schemaOf(name: string, sdl: string): GraphQLSchema {
  try {
    return buildSchema(sdl);
  } catch (error) {
    if (!(error instanceof GraphQLError)) {
      throw error;
    }
    throw new ToolError(`${name} is not a schema: ${error.message}`);
  }
}
