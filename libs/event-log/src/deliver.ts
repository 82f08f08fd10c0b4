import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '@fcode/events';
import { Unavailable } from '@fcode/policy';
import type { Listener, Logger } from './event-log.ts';

export type Outcome = { as: 'handled' } | { as: 'stopped' } | { as: 'failed'; reason: string; attempts: number };

const outageBackoff = (outages: number): number => Math.min(5_000, 50 * 2 ** outages) * (0.5 + Math.random() / 2);
const errorBackoff = (failures: number): number => 20 * 2 ** failures;

/** Resolves after `milliseconds`, or at once when the signal aborts. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);

/** What ops read about a dead letter: the message and where it was thrown. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error).slice(0, 1_000);
  const thrownAt = error.stack?.split('\n').find((line) => /^\s+at /.test(line));
  return `${error.message}${thrownAt ? ` (${thrownAt.trim()})` : ''}`.slice(0, 1_000);
};

/**
 * Hands one event to a listener until it is handled, given up, or the signal aborts. `parse` gives each try its own
 * copy, since a handler that failed half way may have changed the last one. After the signal an error counts for
 * nothing: the event comes again.
 */
export const deliver = async (
  listener: Listener,
  parse: () => CloudEvent,
  delivery: { replayed: boolean; signal: AbortSignal },
  logger?: Logger,
): Promise<Outcome> => {
  const most = listener.attempts ?? 5;
  const { signal } = delivery;
  let outages = 0;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await listener.handle(parse(), delivery);
      return { as: 'handled' };
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof Unavailable) {
        if (outages % 10 === 0) logger?.warn({ err: error, group: listener.group, outages }, 'listener waits');
        await pause(outageBackoff(outages++), signal);
      } else {
        failures += 1;
        if (failures >= most) return { as: 'failed', reason: reasonOf(error), attempts: failures };
        await pause(errorBackoff(failures - 1), signal);
      }
    }
  }
  return { as: 'stopped' };
};
