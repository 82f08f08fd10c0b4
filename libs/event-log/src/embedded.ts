import { randomUUID } from 'node:crypto';
import type { CloudEvent, Topic } from '@fcode/events';
import { Counts } from './counts.ts';
import { type Boot, type Lane, type LogPosition, openLogFile, type Stored } from './embedded-file.ts';
import { Reader } from './embedded-reader.ts';
import { startLogThread } from './embedded-thread.ts';
import type { EventLog, Listener, Logger, LogRecord } from './event-log.ts';
import { placeOf, type Topics } from './place.ts';

export interface EmbeddedLogOptions {
  file: string;
  /** Fixed when the file is created: opening it with other counts fails. */
  topics: Topics;
  /** Epoch milliseconds, for leases and dead letters; the same for every process with the file. */
  clock?: () => number;
  logger?: Logger;
}

export interface EmbeddedLog extends EventLog {
  /** A random id that was made with the file. */
  installation(): Promise<string>;
  /** Facts about the file, such as `installation` and `partitions:<topic>`. */
  meta(key: string): Promise<string | undefined>;
  /** How far it is on disk. */
  position(): Promise<LogPosition>;
  /** Events after a row, over all topics in the order in which they were appended. */
  after(row: number, limit: number): Promise<{ row: number; topic: Topic; event: CloudEvent }[]>;
  /** The newest starts that were noted, oldest first. */
  boots(): Promise<Boot[]>;
  /** Whether it is known which replayed events were handled after the first so many. */
  remembers(settled: number): Promise<boolean>;
  /**
   * Notes a start, before anybody subscribes. What groups did beyond `known` is done again: their offsets go back to it,
   * never forward, and replayed events are queued once more. Resolves to how many events that is.
   */
  begin(boot: string, known?: Pick<LogPosition, 'offsets' | 'settled'>): Promise<number>;
}

/** How soon an event that another process appended is seen. */
const POLL_MS = 100;
const MOST_LISTED = 1_000;

const bounded = (limit: number): number => Math.max(0, Math.min(MOST_LISTED, Math.trunc(limit) || 0));
const toRecord = ({ body, ...place }: Stored): LogRecord => ({ ...place, event: JSON.parse(body) });

/**
 * The event log of one machine: a SQLite file that several processes may open, each group read by one of them at a
 * time. Throws when the file is of a newer program or has other partition counts. The file is opened here once, to
 * check it; from then on a thread of its own waits for the disk.
 */
export const openEmbeddedLog = ({ file, topics, clock = Date.now, logger }: EmbeddedLogOptions): EmbeddedLog => {
  openLogFile(file, topics).close();
  const thread = startLogThread(file, topics);
  const readers = new Map<Reader, string>();
  const counts = new Counts();
  let poll: NodeJS.Timeout | undefined;
  let looking = false;
  let seen: number | undefined;
  let closed: Promise<void> | undefined;

  const wake = (concerns?: (lane: Lane) => boolean): void => {
    for (const reader of readers.keys()) reader.wake(concerns);
  };

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const version = await thread.read('version');
      if (version !== seen) wake();
      seen = version;
    } catch {
      // The readers say so when the log cannot be read.
    }
    looking = false;
  };

  const lanesOf = (topic: Topic): Lane[] =>
    Array.from({ length: topics[topic].partitions }, (_, partition) => ({ topic, partition }));

  const subscribe = (listener: Listener) => {
    if (closed) throw new Error('event log: closed');
    const about = [...new Set(listener.topics)].sort();
    for (const [reader, others] of readers) {
      if (reader.group === listener.group && others !== about.join()) {
        throw new Error(`group ${listener.group} reads ${others} already: its members must listen to the same topics`);
      }
    }
    const owner = `${process.pid}/${randomUUID()}`;
    const context = {
      thread,
      lanes: about.flatMap(lanesOf),
      owner,
      clock,
      counts: counts.group(listener.group),
      logger,
    };
    const reader = new Reader(listener, context);
    readers.set(reader, about.join());
    poll ??= setInterval(() => void look(), POLL_MS);
    const stop = async (): Promise<void> => {
      await reader.stop();
      readers.delete(reader);
      if (readers.size === 0) {
        clearInterval(poll);
        poll = undefined;
      }
      wake();
    };
    return { stop };
  };

  return {
    async append(events) {
      if (events.length === 0) return;
      const rows = events.map((event) => ({ ...placeOf(event, topics), body: JSON.stringify(event) }));
      await thread.write('append', rows);
      counts.appended += rows.length;
      const written = new Set(rows.map(({ topic, partition }) => `${topic}/${partition}`));
      wake(({ topic, partition }) => written.has(`${topic}/${partition}`));
    },
    subscribe,
    lag: (group, wanted) => thread.read('lag', group, wanted),
    read: async (topic, partition, offset, limit = 500) =>
      (await thread.read('page', topic, partition, offset, bounded(limit))).map(toRecord),
    deadLetters: async (group, limit = 100) =>
      (await thread.read('letters', group, bounded(limit))).map((letter) => ({
        ...letter,
        mended: letter.mended === 1,
      })),
    mendDeadLetter: (group, place, event) => thread.write('mend', group, place, JSON.stringify(event)),
    discardDeadLetter: (group, place) => thread.write('discard', group, place),
    async replayDeadLetters(group) {
      const queued = await thread.write('queueLetters', group);
      wake();
      return queued;
    },
    async replay(group, topic, partition, from, to) {
      const queued = await thread.write('queueRange', group, topic, partition, from, to);
      wake();
      return queued;
    },
    partitions: (topic) => topics[topic].partitions,
    figures: () => counts.figures(),
    async installation() {
      return (await thread.read('meta', 'installation')) ?? '';
    },
    meta: (key) => thread.read('meta', key),
    position: () => thread.read('position'),
    after: async (row, limit) =>
      (await thread.read('after', row, bounded(limit))).map(({ body, ...rest }) => ({
        ...rest,
        event: JSON.parse(body),
      })),
    boots: () => thread.read('boots'),
    remembers: (settled) => thread.read('remembers', settled),
    begin: (boot, known) => thread.write('begin', boot, known),
    close() {
      closed ??= Promise.all([...readers.keys()].map((reader) => reader.stop())).then(() => {
        clearInterval(poll);
        return thread.close();
      });
      return closed;
    },
  };
};
