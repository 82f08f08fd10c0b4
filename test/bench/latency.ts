import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Milliseconds. */
export interface Latency {
  asked: number;
  p50: number;
  p99: number;
  max: number;
}

/** `values` as they are at a part of them from 0 to 1, the smallest first. */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
};

interface Asking {
  /** How long each answer took, in ms; ends the asking. */
  stop: () => Promise<number[]>;
  failed: Promise<never>;
}

const startAsking = async (url: string): Promise<Asking> => {
  const thread = new Worker(new URL('./probe.ts', import.meta.url), { workerData: { url, everyMs: 5 } });
  const failed = once(thread, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  await Promise.race([once(thread, 'online'), failed]);
  return {
    failed,
    stop: async () => {
      const told = once(thread, 'message');
      thread.postMessage('stop');
      const [took] = (await Promise.race([told, failed])) as [number[]];
      await thread.terminate();
      return took;
    },
  };
};

/** Asks addresses, each from a thread of its own, while `work` goes on. */
export const latencyDuring = async (urls: readonly string[], work: () => Promise<unknown>): Promise<Latency[]> => {
  const asking = await Promise.all(urls.map(startAsking));
  await Promise.race([work(), ...asking.map(({ failed }) => failed)]);
  const all = await Promise.all(asking.map(({ stop }) => stop()));
  return all.map((took) => {
    const ms = (part: number) => Math.round(quantile(took, part) * 10) / 10;
    return { asked: took.length, p50: ms(0.5), p99: ms(0.99), max: ms(1) };
  });
};
