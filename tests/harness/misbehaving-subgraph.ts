import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How it answers. */
export type Misbehaviour =
  | 'garbage'
  | 'a page with status 500'
  | 'other JSON with status 500'
  | 'the wrong content type'
  | 'a redirect'
  | 'half a body'
  | 'a gibibyte'
  | 'a body without an end'
  | 'a byte at a time'
  | 'too late'
  | 'nothing';

/** A process in the place of a subgraph. */
export interface MisbehavingSubgraph {
  readonly url: string;
  /** From now on it answers so, and counts anew. */
  behave(misbehaviour: Misbehaviour): Promise<void>;
  /** How many operations it was sent, and how many requests came where its redirects point. */
  received(): Promise<{ readonly requests: number; readonly strays: number }>;
  close(): void;
}

const SCRIPT = fileURLToPath(new URL('./misbehaving-process.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

/** Starts one, which keeps silent. */
export async function startMisbehavingSubgraph(): Promise<MisbehavingSubgraph> {
  const child = fork(SCRIPT, { execArgv: ['--conditions=identity-source', '--import', TSX] });
  const answer = (): Promise<unknown> => once(child, 'message').then(([message]: unknown[]) => message);
  const numberIn = (message: unknown, name: string): number => Number(Reflect.get(Object(message), name));
  const port = numberIn(await answer(), 'port');
  const tell = async (message: string): Promise<unknown> => {
    const answered = answer();
    child.send(message);
    return answered;
  };
  return {
    url: `http://127.0.0.1:${String(port)}/graphql`,
    async behave(misbehaviour) {
      await tell(misbehaviour);
    },
    async received() {
      const message = await tell('count');
      return { requests: numberIn(message, 'requests'), strays: numberIn(message, 'strays') };
    },
    close() {
      child.kill('SIGKILL');
    },
  };
}
