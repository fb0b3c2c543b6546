import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { isRecord } from '@identity/service-kit/json';

/** bcrypt in threads of its own. */
export interface BcryptThreads {
  hash(data: string, cost: number): Promise<string>;
  compare(data: string, hash: string): Promise<boolean>;
  /** Ends the threads, once nobody waits for them any more. */
  close(): Promise<void>;
}

/** Low enough for the thread that answers requests to come first, and not so low that a busy machine lets nobody log in. */
const NICENESS = 5;

/**
 * What a thread does; text, because a thread could not load TypeScript. On Linux the priority is that of the thread alone,
 * elsewhere it would be that of the whole process. Nobody may raise a
 * priority that is lower already.
 */
const PROGRAM = `
  const { getPriority, setPriority } = require('node:os');
  const { parentPort, workerData } = require('node:worker_threads');
  const bcrypt = require(workerData);
  if (process.platform === 'linux' && getPriority() < ${String(NICENESS)}) setPriority(${String(NICENESS)});
  parentPort.on('message', ([work, ...values]) => {
    try {
      parentPort.postMessage({ result: bcrypt[work](...values) });
    } catch (error) {
      parentPort.postMessage({ failure: error.message });
    }
  });
`;

/**
 * Creates threads, as many as there is work for at once; each is started when it is needed first. libuv's few threads, by
 * which bcrypt works otherwise, stay free for files, names and keys.
 */
export function createBcryptThreads(): BcryptThreads {
  const bcryptPath = createRequire(import.meta.url).resolve('bcrypt');
  const idle: Worker[] = [];

  async function run(...work: readonly unknown[]): Promise<unknown> {
    // Neither the options of this process nor its secrets are a thread's business.
    const thread = idle.pop() ?? new Worker(PROGRAM, { eval: true, workerData: bcryptPath, execArgv: [], env: {} });
    thread.ref();
    // Rejects when the thread has failed; it is not used again then.
    const answered: Promise<unknown[]> = once(thread, 'message');
    thread.postMessage(work);
    const [answer] = await answered;
    thread.unref();
    idle.push(thread);
    if (isRecord(answer) && 'result' in answer) return answer['result'];
    throw new Error(`bcrypt has failed: ${isRecord(answer) ? String(answer['failure']) : ''}`);
  }

  return {
    hash: async (data, cost) => String(await run('hashSync', data, cost)),
    compare: async (data, hash) => (await run('compareSync', data, hash)) === true,
    async close() {
      await Promise.all(idle.splice(0).map((thread) => thread.terminate()));
    },
  };
}
