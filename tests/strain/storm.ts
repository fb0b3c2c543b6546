import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Logins that come at once. */
export interface Storm {
  /** Where they go. */
  readonly url: string;
  /** Who log in, in turn. */
  readonly people: readonly { readonly username: string; readonly password: string }[];
  readonly logins: number;
}

/** A process that sends storms, so that whoever measures meanwhile has a processor to themselves. */
export interface StormSender {
  /** Resolves with what became of each login: `SUCCESS` or a code. @throws Error when one got no answer */
  send(storm: Storm): Promise<readonly string[]>;
  close(): void;
}

const SCRIPT = fileURLToPath(new URL('./storm-process.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

/** Starts one. */
export async function startStormSender(): Promise<StormSender> {
  const child = fork(SCRIPT, { execArgv: ['--conditions=identity-source', '--import', TSX] });
  await once(child, 'message');
  return {
    async send(storm) {
      const answered = once(child, 'message').then(([message]: unknown[]) => message);
      child.send(storm);
      const answer = await answered;
      const outcomes: unknown = Reflect.get(Object(answer), 'outcomes');
      if (!Array.isArray(outcomes)) throw new Error(`A storm failed: ${JSON.stringify(answer)}`);
      return outcomes.map(String);
    },
    close() {
      child.kill();
    },
  };
}
