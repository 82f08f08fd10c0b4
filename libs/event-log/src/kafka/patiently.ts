import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '@fcode/policy';
import { pause } from '../deliver.ts';

const patienceMs = 15_000;

/**
 * Asks again, on fresh connections, while kafkajs says that it may help: a leader moves, a topic is seconds old. Rejects with
 * `Unavailable` when it did not, and with the error itself when it could not.
 */
export const patiently = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  const deadline = performance.now() + patienceMs;
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (cause) {
      const { retriable, message, name } = cause as Error & { retriable?: boolean };
      if (!retriable && name !== 'KafkaJSNumberOfRetriesExceeded') throw cause;
      if (performance.now() > deadline) throw new Unavailable(`event log: ${message}`, false, { cause });
      await sleep(Math.min(2_000, 50 * 2 ** tries));
    }
  }
};

/** Waits for work, but no longer than that. */
export const atMost = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  const patience = new AbortController();
  await Promise.race([work, pause(milliseconds, patience.signal)]);
  patience.abort();
};
