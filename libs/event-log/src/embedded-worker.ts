import { parentPort, workerData } from 'node:worker_threads';
import { openLogFile } from './embedded-file.ts';
import type { Call, Reply, Request, Result } from './embedded-thread.ts';
import type { Topics } from './place.ts';

/** The thread that waits for the disk, so that the event loop of checkout does not. */
const { file, topics } = workerData as { file: string; topics: Topics };
const log = openLogFile(file, topics);

const failed = (error: unknown): Result => ({
  error: error instanceof Error ? error.message : String(error),
  sqlite: (error as { code?: string }).code === 'ERR_SQLITE_ERROR',
});
const run = ({ method, args }: Call): Result => ({
  value: (log.methods[method] as (...args: unknown[]) => unknown)(...args),
});
const runSafely = (call: Call): Result => {
  try {
    return run(call);
  } catch (error) {
    return failed(error);
  }
};
const runTogether = (calls: readonly Call[]): Result[] => {
  try {
    return log.together(
      calls.map((call) => () => run(call)),
      failed,
    );
  } catch (error) {
    return calls.map(() => failed(error));
  }
};

parentPort?.on('message', (request: Request | 'close') => {
  if (request === 'close') {
    log.close();
    parentPort?.close();
    return;
  }
  const { id, write, calls } = request;
  parentPort?.postMessage({ id, results: write ? runTogether(calls) : calls.map(runSafely) } satisfies Reply);
});
