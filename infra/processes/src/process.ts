import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@fcode/infra/engine';
import { until } from '@fcode/testkit';

const thisTree = new URL('../../../', import.meta.url).pathname;
/** Processes are started by the hundred, and take half as long when Node has the program compiled. */
export const compileCache = `${thisTree}node_modules/.cache/node`;

/**
 * Loaded first, by its threads too, which have no channel: whoever started a process may die without a word. A listener on
 * the channel must keep nobody alive.
 */
const endsWithParent =
  'data:text/javascript,if (process.channel) { process.once("disconnect", () => process.exit(1)); process.channel.unref(); }';

export interface Running {
  url: string;
  process: ChildProcess;
  /** Everything it wrote to standard error. */
  log: () => string;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

export interface ProcessOptions {
  /** A free one, where left out. */
  port?: number;
  args?: string[];
  readyPath?: string;
  /** Another tree of the program than this one, such as another release. */
  root?: string;
  /** How long it may take to be ready. */
  seconds?: number;
}

/** A real `node main.ts` with exactly this environment, and whatever it takes to find Node. */
export const startProcess = async (
  main: string,
  environment: Record<string, string>,
  { port, args = [], readyPath = '/readyz', root = thisTree, seconds = 30 }: ProcessOptions = {},
): Promise<Running> => {
  const chosen = port ?? (await freePort());
  const child = spawn(process.execPath, ['--import', endsWithParent, `${root}${main}`, ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: 'warn',
      PORT: String(chosen),
      NODE_COMPILE_CACHE: compileCache,
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000);
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${chosen}`;
  const isReady = async () => child.exitCode !== null || (await fetch(`${url}${readyPath}`)).ok;
  try {
    await until(isReady, `${main} to be ready`, seconds);
    if (child.exitCode !== null) throw new Error(`${main} ended: ${log}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    url,
    process: child,
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};
