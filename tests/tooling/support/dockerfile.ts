import { readText } from '../../../scripts/project-files.js';

/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** One stage of a Dockerfile. */
export interface Stage {
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile, named relative to the project. */
export async function readDockerfile(file: string): Promise<readonly Stage[]> {
  const lines = (await readText(file))
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const stages: { from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push({ from: rest, instructions: [] });
    else if (name !== '') stages.at(-1)?.instructions.push({ name, rest });
  }
  return stages;
}

/** What follows an instruction each time it is given. */
export function all(stage: Stage | undefined, name: string): readonly string[] {
  return (stage?.instructions ?? []).filter((instruction) => instruction.name === name).map(({ rest }) => rest);
}

/** The environment that an image gives its processes. */
export function imageEnvironment(stage: Stage | undefined): Record<string, string> {
  const pairs = all(stage, 'ENV').flatMap((rest) => rest.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.replace(/=.*/, ''), pair.replace(/^[^=]*=/, '')]));
}
