import type { CloudEvent, Topic } from '@fcode/events';
import { Counts } from '../counts.ts';
import type { EventLog, GroupLag, InfoLogger, Listener, LogRecord } from '../event-log.ts';
import { partitionOf, placeOf, type Topics } from '../place.ts';
import { connectKafka, type KafkaAccess } from './client.ts';
import { Desk } from './desk.ts';
import { Letters, toDeadLetter } from './letters.ts';
import { defaultTiming, type Replay, type Timing } from './member.ts';
import { namesOf } from './names.ts';
import { Pages, type StoredRecord } from './pages.ts';
import { atMost } from './patiently.ts';
import { Reader } from './reader.ts';
import { type Outgoing, Sender } from './sender.ts';
import { replayPartitions } from './topics.ts';
import { olderVersions } from './versions.ts';

export interface KafkaLogOptions {
  access: KafkaAccess;
  topics: Topics;
  /** What names on the cluster begin with: topics and groups. */
  prefix?: string;
  timing?: Partial<Timing>;
  /** Epoch milliseconds, for dead letters. */
  clock?: () => number;
  logger?: InfoLogger;
  /** What to do when a consumer has crashed and a new one is not likely to do better: end the process. */
  onFatal?: (error: Error) => void;
}

const mostListed = 1_000;
const replayAtOnce = 500;
/** Without a broker a goodbye may take for ever, and is not needed. */
const leaveMs = 1_000;

/**
 * The event log on a Kafka cluster. Opening it connects to nothing: the cluster may come later, or go and come back.
 * Its topics are made by `ensureTopics`. Throws when the access names no credential that it needs.
 */
export const openKafkaLog = (options: KafkaLogOptions): EventLog => {
  const { access, topics, prefix = 'fcode', clock = Date.now, logger, onFatal = () => {} } = options;
  const kafka = connectKafka(access);
  const names = namesOf(prefix, topics);
  const sender = new Sender(kafka);
  const desk = new Desk(kafka);
  const pages = new Pages(kafka, desk);
  const letters = new Letters({ names, sender, desk, pages });
  const counts = new Counts();
  const readers = new Set<Reader>();
  const timing = { ...defaultTiming, ...options.timing };
  let closed: Promise<void> | undefined;

  const subscribe = (listener: Listener) => {
    if (closed) throw new Error('event log: closed');
    const shared = { kafka, names, topics, letters, desk, timing, clock, logger, onFatal };
    const reader = new Reader(listener, { ...shared, counts: counts.group(listener.group) });
    readers.add(reader);
    const stop = async (): Promise<void> => {
      await reader.stop();
      readers.delete(reader);
    };
    return { stop };
  };

  const toRecord = (topic: Topic, partition: number, { offset, value }: StoredRecord): LogRecord[] => {
    try {
      return [{ topic, partition, offset, event: JSON.parse(value ?? '') as CloudEvent }];
    } catch {
      return [];
    }
  };

  const outgoing = (group: string, replay: Replay): Outgoing => {
    // What one partition brought comes again in its order.
    const key = `${replay.name}/${replay.partition}`;
    return {
      topic: names.replays(group),
      partition: partitionOf(key, replayPartitions),
      key,
      value: JSON.stringify(replay),
    };
  };

  const replay = async (group: string, topic: Topic, partition: number, from: number, to: number): Promise<number> => {
    const name = names.topic(topic);
    const dead = new Map(
      (await letters.list(group))
        .filter((one) => one.name === name && one.partition === partition)
        .map((one) => [one.offset, one]),
    );
    let count = 0;
    for (let next = from; next < to; ) {
      const records = await pages.read(name, partition, next, Math.min(replayAtOnce, to - next));
      const last = records.at(-1);
      if (!last) break;
      next = last.offset + 1;
      const inRange = records.filter(({ offset }) => offset < to);
      const replays = inRange.map(({ offset, value }) => {
        const letter = dead.get(offset);
        const body = letter?.body ?? value ?? '';
        const place = { name, topic, partition, offset, body };
        return letter ? { ...letter, letter: true } : { ...place, letter: false, attempts: 0 };
      });
      await sender.send(replays.map((one) => outgoing(group, one)));
      count += replays.length;
    }
    return count;
  };

  return {
    async append(events) {
      const records = events.map((event): Outgoing => {
        const { topic, partition } = placeOf(event, topics);
        return { topic: names.topic(topic), partition, key: event.partitionkey, value: JSON.stringify(event) };
      });
      await sender.send(records);
      counts.appended += records.length;
    },
    subscribe,
    async lag(group, wanted) {
      const older = await olderVersions({ desk, names, topics }, wanted);
      const current = wanted.map((topic) => ({ topic, name: names.topic(topic) }));
      const asked = [...older, ...current].map(({ name }) => name);
      const positions = await desk.positions(names.groupId(group), asked);
      const lagOf = async ({ topic, name }: { topic: Topic; name: string }): Promise<GroupLag[]> =>
        (await desk.bounds(name)).map(({ partition, high: end }) => ({
          topic,
          partition,
          next: positions.get(name)?.get(partition) ?? 0,
          end,
        }));
      const [before, now] = await Promise.all([Promise.all(older.map(lagOf)), Promise.all(current.map(lagOf))]);
      return [...before.flat().filter(({ next, end }) => next < end), ...now.flat()];
    },
    async read(topic, partition, offset, limit = 500) {
      const atMost = Math.max(0, Math.min(mostListed, Math.trunc(limit) || 0));
      const records = await pages.read(names.topic(topic), partition, offset, atMost);
      return records.flatMap((record) => toRecord(topic, partition, record));
    },
    deadLetters: async (group, limit = 100) =>
      (await letters.list(group)).slice(0, limit).map((letter) => toDeadLetter(group, letter)),
    async replayDeadLetters(group) {
      const all = await letters.list(group);
      for (let from = 0; from < all.length; from += replayAtOnce) {
        const some = all.slice(from, from + replayAtOnce);
        await sender.send(some.map((letter) => outgoing(group, { ...letter, letter: true })));
      }
      return all.length;
    },
    async mendDeadLetter(group, place, event) {
      const letter = await letters.find(group, place);
      if (letter) await letters.put(group, { ...letter, body: JSON.stringify(event), mended: true });
      return letter !== undefined;
    },
    async discardDeadLetter(group, place) {
      const letter = await letters.find(group, place);
      if (letter) await letters.takeOff(group, letter);
      return letter !== undefined;
    },
    replay,
    partitions: (topic) => topics[topic].partitions,
    figures: () => counts.figures(),
    close() {
      closed ??= (async () => {
        await Promise.all([...readers].map((reader) => reader.stop()));
        await sender.close();
        await atMost(leaveMs, Promise.all([pages.close(), desk.close()]));
      })();
      return closed;
    },
  };
};
