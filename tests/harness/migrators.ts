import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that migrates databases, one after the other. */
export interface Migrator {
  /** Resolves with the names of the migrations that it has applied. @throws Error when it fails or dies */
  migrate(subgraph: 'auth' | 'users', url: string): Promise<readonly string[]>;
  /** Ends it with SIGKILL, and waits until it has ended. */
  kill(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('../torture/migrator-process.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

/** Starts one, and waits until it is ready for its first database: its start takes longer than its work. */
export async function startMigrator(): Promise<Migrator> {
  const child = fork(SCRIPT, { execArgv: ['--conditions=identity-source', '--import', TSX] });
  await once(child, 'message');
  const exited = once(child, 'exit').then(() => ({ failure: 'killed' }));
  return {
    migrate: async (subgraph, url) => {
      const answered = once(child, 'message').then(([message]: unknown[]) => message);
      child.send({ subgraph, url });
      const answer = await Promise.race([answered, exited]);
      const applied: unknown = Reflect.get(Object(answer), 'applied');
      if (!Array.isArray(applied)) throw new Error(`A migrator failed: ${JSON.stringify(answer)}`);
      return applied.map(String);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
