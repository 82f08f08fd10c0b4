import { Worker } from 'node:worker_threads';
import { Unavailable } from '@fcode/policy';
import type { LogFile } from './embedded-file.ts';
import type { Topics } from './place.ts';

export interface Call {
  method: keyof LogFile;
  args: readonly unknown[];
}
export type Result = { value: unknown } | { error: string; sqlite: boolean };
export interface Request {
  id: number;
  /** All calls in one transaction. */
  write: boolean;
  calls: readonly Call[];
}
export interface Reply {
  id: number;
  results: readonly Result[];
}

interface Waiting extends Call {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

type Ask = <Method extends keyof LogFile>(
  method: Method,
  ...args: Parameters<LogFile[Method]>
) => Promise<ReturnType<LogFile[Method]>>;

/** The log's file from the main thread. A failure of the file or its thread rejects with `Unavailable`. */
export interface LogThread {
  read: Ask;
  /** Writes queue up while one is on its way to the disk, and then go together: one transaction, in call order. */
  write: Ask;
  close(): Promise<void>;
}

const MOST_TOGETHER = 512;

export const startLogThread = (file: string, topics: Topics): LogThread => {
  const pending = new Map<number, { write: boolean; calls: readonly Waiting[] }>();
  const queue: Waiting[] = [];
  let ids = 0;
  let writing = false;
  let closing: PromiseWithResolvers<void> | undefined;

  const start = (): Worker => {
    const thread = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData: { file, topics } });
    let cause: Error | undefined;
    thread.on('message', ({ id, results }: Reply) => {
      for (const [index, { resolve, reject }] of take(id).entries()) {
        const result = results[index];
        if (result && 'value' in result) resolve(result.value);
        else reject(result?.sqlite ? new Unavailable(`event log: ${result.error}`) : new Error(result?.error));
      }
    });
    thread.on('error', (error: Error) => {
      cause = error;
    });
    thread.on('exit', () => {
      worker = undefined;
      // What was on its way may or may not be in the file. The next call starts another thread.
      const error = new Unavailable(`event log: its thread ended: ${cause?.message ?? 'no reason'}`, true, { cause });
      for (const id of pending.keys()) for (const { reject } of take(id)) reject(error);
      closeWhenIdle();
    });
    // An open log alone does not keep the process running; a call that somebody waits for does.
    thread.unref();
    return thread;
  };
  /** From the first call on. */
  let worker: Worker | undefined;

  const send = (write: boolean, calls: readonly Waiting[]): void => {
    worker ??= start();
    worker.ref();
    pending.set(++ids, { write, calls });
    const request: Request = { id: ids, write, calls: calls.map(({ method, args }) => ({ method, args })) };
    worker.postMessage(request);
  };

  const drain = (): void => {
    writing = queue.length > 0;
    if (writing) send(true, queue.splice(0, MOST_TOGETHER));
  };

  /** The calls that a reply is for; they are no longer pending. */
  const take = (id: number): readonly Waiting[] => {
    const request = pending.get(id);
    pending.delete(id);
    if (request?.write) setImmediate(drain);
    if (pending.size === 0) worker?.unref();
    closeWhenIdle();
    return request?.calls ?? [];
  };

  const closeWhenIdle = (): void => {
    if (!closing || pending.size > 0 || queue.length > 0) return;
    worker?.ref();
    worker?.postMessage('close');
    if (!worker) closing.resolve();
  };

  const ask =
    (go: (waiting: Waiting) => void): Ask =>
    (method, ...args) =>
      new Promise((resolve, reject) => {
        if (closing) reject(new Unavailable('event log: closed'));
        else go({ method, args, resolve: resolve as (value: unknown) => void, reject });
      });

  return {
    read: ask((waiting) => send(false, [waiting])),
    write: ask((waiting) => {
      queue.push(waiting);
      if (!writing) setImmediate(drain);
      writing = true;
    }),
    close() {
      if (!closing) {
        closing = Promise.withResolvers();
        closeWhenIdle();
      }
      return closing.promise;
    },
  };
};
