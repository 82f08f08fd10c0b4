import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@fcode/infra/engine';
import { until } from '@fcode/testkit';

const root = new URL('../../', import.meta.url).pathname;

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

/** A real `node main.ts` with exactly this environment, and whatever it takes to find Node. */
export const startProcess = async (
  main: string,
  environment: Record<string, string>,
  { port, args = [], readyPath = '/readyz' }: { port?: number; args?: string[]; readyPath?: string } = {},
): Promise<Running> => {
  const chosen = port ?? (await freePort());
  const child = spawn(process.execPath, [`${root}${main}`, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', PORT: String(chosen), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000);
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${chosen}`;
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`${main} ended: ${log}`);
      return (await fetch(`${url}${readyPath}`)).ok;
    },
    `${main} to be ready`,
    20,
  );
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
