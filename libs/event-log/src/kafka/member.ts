import type { Topic } from '@fcode/events';
import { Unavailable } from '@fcode/policy';
import type { Consumer, EachBatchPayload, Kafka, OffsetsByTopicPartition } from 'kafkajs';
import type { GroupCounts } from '../counts.ts';
import { type Outcome, pause } from '../deliver.ts';
import type { InfoLogger, Listener } from '../event-log.ts';
import { bySubscription } from './assigner.ts';
import type { Desk } from './desk.ts';
import { Lane, type Work } from './lane.ts';
import type { Letters } from './letters.ts';
import type { Names } from './names.ts';
import { atMost } from './patiently.ts';

/** How soon a member is missed, and how soon it notices. Milliseconds. */
export interface Timing {
  /** A member that has not been heard for so long is out: its partitions go to others. */
  sessionMs: number;
  heartbeatMs: number;
  /** A consumer that has fetched nothing for so long, not even nothing, is taken for dead. */
  silenceMs: number;
}

export const defaultTiming: Timing = { sessionMs: 10_000, heartbeatMs: 1_000, silenceMs: 90_000 };

export interface MemberContext {
  kafka: Kafka;
  names: Names;
  letters: Letters;
  desk: Desk;
  timing: Timing;
  /** Epoch ms. */
  clock: () => number;
  counts: GroupCounts;
  logger: InfoLogger | undefined;
}

/** What a replay topic holds: where the event came from, and whether it stands with the dead letters. */
export interface Replay {
  name: string;
  topic: Topic;
  partition: number;
  offset: number;
  body: string;
  letter: boolean;
  attempts: number;
  mended?: true;
}

interface Item extends Work, Replay {}

/** The end of a consumer that kafkajs gave up. */
export class Crash extends Error {
  override name = 'Crash';
  /** Whether a new consumer may do better, as after an outage. */
  readonly retriable: boolean;
  constructor(cause: Error) {
    super(`event log: ${cause.message}`, { cause });
    let root = cause as Error & { retriable?: boolean };
    while (root.cause instanceof Error) root = root.cause;
    // kafkajs calls it final that no broker named the coordinator, as while one starts.
    const mayMend = ['KafkaJSNumberOfRetriesExceeded', 'KafkaJSGroupCoordinatorNotFound'];
    this.retriable = mayMend.includes(cause.name) || mayMend.includes(root.name) || root.retriable === true;
  }
}

/** Progress is written after this many events or this long, whichever is first: what a crash may hand over again. */
const mostUnwritten = 50;
const writeAfterMs = 100;
const fetchWaitMs = 300;
/** More than is sent to a partition at once. */
const bytesOfPartition = 600_000;
/** Pages that begin elsewhere than the group stands, before a member gives up and another begins anew. */
const mostRefused = 50;

/** Without a broker a goodbye may take for ever, and is not needed. */
const leaveMs = 4_000;

/** What stands in a replay topic. Only this program writes there; what it cannot read is passed over. */
const replayOf = (body: string): Replay | undefined => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const laneOf = (name: string, partition: number): string => `${name}/${partition}`;

/**
 * One member of a consumer group, from its join to its end. kafkajs only fetches: what it brings is queued by partition
 * and handled beside its loop, so that its heartbeats go on however long an event takes, and a partition that waits
 * holds up no other. Every join begins anew from the group's offsets.
 */
export class Member {
  readonly #listener: Listener;
  readonly #topics: readonly string[];
  readonly #context: MemberContext;
  readonly #consumer: Consumer;
  readonly #ended = Promise.withResolvers<void>();
  #lanes = new Map<string, Lane<Item>>();
  /** Brokers that are being asked for pages. */
  readonly #fetching = new Set<number>();
  /** Where the group stood when this generation began, by topic and partition; only asked where it matters. */
  #positions: ReturnType<Desk['positions']> | undefined;
  #commit: ((offsets: OffsetsByTopicPartition) => Promise<void>) | undefined;
  #moved = new Map<string, { topic: string; partition: number; next: number }>();
  #unwritten = 0;
  #stopping = false;
  #left = false;
  #refused = 0;
  #writing: Promise<void> = Promise.resolve();
  #writeTimer: NodeJS.Timeout | undefined;
  /** Of earlier generations, and in the middle of an event. */
  readonly #ending = new Map<string, Promise<void>>();
  /** When the cluster was last heard, and when the group last counted on this member; `performance.now()`. */
  #heard = performance.now();
  #counted = performance.now();
  /** When the question was sent whose answer came last: an answer may lie for long. */
  #asked = performance.now();

  constructor(listener: Listener, topics: readonly string[], context: MemberContext) {
    this.#listener = listener;
    this.#topics = topics;
    this.#context = context;
    const { kafka, names, timing } = context;
    this.#consumer = kafka.consumer({
      groupId: names.groupId(listener.group),
      partitionAssigners: [bySubscription],
      sessionTimeout: timing.sessionMs,
      heartbeatInterval: timing.heartbeatMs,
      rebalanceTimeout: Math.max(timing.sessionMs, 10_000),
      maxWaitTimeInMs: fetchWaitMs,
      maxBytesPerPartition: bytesOfPartition,
      allowAutoTopicCreation: false,
      // What a crash means is decided here: left to itself, kafkajs restarts for ever or not at all (its issues 1513, 1721).
      retry: { retries: 3, restartOnFailure: async () => false },
    });
  }

  /** Resolves when it was told to end; rejects when it cannot go on. Either way no handler runs after it. */
  async run(signal: AbortSignal): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.CRASH, ({ payload }) => this.#ended.reject(new Crash(payload.error)));
    this.#consumer.on(events.REBALANCING, () => {
      this.#endLanes();
      // The generation that ends still takes it, since kafkajs has yet to ask for the next one.
      void this.#write();
    });
    this.#consumer.on(events.REQUEST, ({ payload: { apiName, sentAt } }) => {
      if (apiName === 'Heartbeat' || apiName === 'SyncGroup') this.#asked = performance.now() - (Date.now() - sentAt);
    });
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#counted = this.#asked;
      this.#begin(payload.memberAssignment as Record<string, number[]>, payload.duration);
    });
    this.#consumer.on(events.HEARTBEAT, () => {
      this.#counted = this.#asked;
    });
    this.#consumer.on(events.FETCH_START, ({ payload }) => this.#fetching.add(payload.nodeId));
    this.#consumer.on(events.FETCH, ({ payload }) => {
      this.#fetching.delete(payload.nodeId);
      this.#heard = performance.now();
    });
    if (signal.aborted) return;
    const stop = () => this.#ended.resolve();
    signal.addEventListener('abort', stop);
    const watch = setInterval(() => this.#watch(), 1_000);
    this.#ended.promise.catch(() => undefined);
    let running: Promise<void> | undefined;
    try {
      running = this.#start();
      running.catch((error: Error) => this.#ended.reject(error));
      await this.#ended.promise;
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(watch);
      // A rebalance may still come while the last events end: it begins nothing.
      this.#stopping = true;
      this.#endLanes();
      await Promise.all(this.#ending.values());
      await atMost(leaveMs, this.#leave(running));
      this.#left = true;
      clearTimeout(this.#writeTimer);
    }
  }

  async #start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  async #leave(running: Promise<void> | undefined): Promise<void> {
    await this.#write();
    // A stop that overtakes the start hangs for ever (its issues 967, 1168).
    await running?.catch(() => undefined);
    await this.#consumer.disconnect().catch(() => undefined);
  }

  #watch(): void {
    if (performance.now() - this.#heard < this.#context.timing.silenceMs) return;
    this.#ended.reject(new Unavailable('event log: the consumer fell silent'));
  }

  #begin(assignment: Record<string, number[]>, tookMs: number): void {
    const { counts, logger } = this.#context;
    counts.rebalances += 1;
    logger?.info({ group: this.#listener.group, partitions: assignment, tookMs }, 'has partitions of the group');
    this.#endLanes();
    // What has not been committed comes again: to commit it now could set back another member, who has the partition.
    this.#moved.clear();
    this.#lanes = new Map();
    if (this.#stopping) return;
    this.#positions = this.#fetching.size > 0 ? this.#askPositions() : undefined;
    this.#resume(this.#consumer.paused());
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const key = laneOf(topic, partition);
        this.#lanes.set(key, this.#lane(topic, partition, this.#ending.get(key)));
      }
    }
  }

  #lane(topic: string, partition: number, after: Promise<void> | undefined): Lane<Item> {
    const key = laneOf(topic, partition);
    const lane: Lane<Item> = new Lane({
      listener: this.#listener,
      after,
      ready: (item, signal) => this.#ready(item, signal),
      settle: (item, outcome, signal) => this.#settle(item, outcome, signal),
      moved: (next) => {
        if (this.#lanes.get(key) !== lane) return;
        this.#moved.set(key, { topic, partition, next });
        this.#unwritten += 1;
        if (this.#unwritten >= mostUnwritten) void this.#write();
        else this.#writeTimer ??= setTimeout(() => void this.#write(), writeAfterMs);
      },
      drained: () => {
        if (this.#lanes.get(key) === lane) this.#resume([{ topic, partitions: [partition] }]);
      },
      logger: this.#context.logger,
    });
    return lane;
  }

  #resume(partitions: { topic: string; partitions: number[] }[]): void {
    try {
      if (partitions.length > 0) this.#consumer.resume(partitions);
    } catch {
      // The consumer has ended, and with it what was paused.
    }
  }

  #endLanes(): void {
    for (const [key, lane] of this.#lanes) {
      lane.end();
      const { done } = lane;
      if (!done) continue;
      this.#ending.set(key, done);
      void done.finally(() => this.#ending.get(key) === done && this.#ending.delete(key));
    }
  }

  /** Queues a page by itself: the loop of kafkajs must get back to its heartbeats (its issues 1527, 1719, 1720). */
  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const key = laneOf(batch.topic, batch.partition);
    const lane = this.#lanes.get(key);
    if (!payload.isRunning() || payload.isStale()) return;
    // Until the next join nothing of it is wanted: it would only be fetched again.
    if (!lane || lane.ended) return void payload.pause();
    if (!lane.begun && !(await this.#isFirst(batch))) {
      this.#refused += 1;
      if (this.#refused > mostRefused)
        this.#ended.reject(new Unavailable('event log: pages do not begin where the group stands'));
      return;
    }
    if (this.#lanes.get(key) !== lane || lane.ended) return;
    this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const { names } = this.#context;
    const topic = names.topicOf(batch.topic);
    const items = batch.messages.flatMap(({ offset, value }): Item[] => {
      const position = Number(offset);
      const body = value?.toString() ?? '';
      if (topic === undefined) {
        const replay = replayOf(body);
        return replay ? [{ ...replay, position, replayed: true }] : [];
      }
      const place = { name: batch.topic, topic, partition: batch.partition, offset: position };
      return [{ ...place, position, body, replayed: false, letter: false, attempts: 0 }];
    });
    if (!lane.push(items)) payload.pause();
    payload.resolveOffset(batch.lastOffset());
  }

  #askPositions(): ReturnType<Desk['positions']> {
    const { desk, names } = this.#context;
    const asked = desk.positions(names.groupId(this.#listener.group), [...this.#topics]);
    asked.catch(() => undefined);
    return asked;
  }

  /**
   * Whether a page begins where the group stands. With several brokers, kafkajs joins again in the fetch loop of one while
   * another may still bring a page of before the join: what lies between would be passed over.
   */
  async #isFirst(batch: EachBatchPayload['batch']): Promise<boolean> {
    if (!this.#positions) return true;
    const { topic, partition } = batch;
    const { fetchedOffset } = batch as unknown as { fetchedOffset: string };
    const isAt = async (positions: Map<string, Map<number, number>>): Promise<boolean> => {
      const bounds = async () => (await this.#context.desk.bounds(topic)).find((one) => one.partition === partition);
      const start = positions.get(topic)?.get(partition) ?? (await bounds())?.low ?? 0;
      return Number(fetchedOffset) === start;
    };
    // The group may have been moved meanwhile: to the beginning of what is kept.
    return (await isAt(await this.#positions)) || isAt(await this.#askPositions());
  }

  async #ready(item: Item, signal: AbortSignal): Promise<Item | undefined> {
    // After a pause longer than the session others have the partitions: hear of the group again before going on.
    const isUnsure = () => performance.now() - this.#counted > this.#context.timing.sessionMs;
    while (!signal.aborted && isUnsure()) await pause(50, signal);
    if (!item.letter) return item;
    // Since it was handed over it may have been mended, discarded, or handled already.
    let letter: Awaited<ReturnType<Letters['current']>>;
    const look = async () => {
      letter = await this.#context.letters.current(this.#listener.group, item);
    };
    await this.#insist(look, 'a replay', signal);
    return letter && { ...item, ...letter };
  }

  async #settle(item: Item, outcome: Outcome, signal: AbortSignal): Promise<boolean> {
    const { letters, clock, counts, logger } = this.#context;
    const { group } = this.#listener;
    if (outcome.as !== 'failed') {
      counts.handled += 1;
      return !item.letter || this.#insist(() => letters.takeOff(group, item), 'a dead letter', signal);
    }
    const { name, topic, partition, offset, body } = item;
    const { reason } = outcome;
    const attempts = item.attempts + outcome.attempts;
    const at = new Date(clock()).toISOString();
    const mended = item.mended ? { mended: item.mended } : {};
    const letter = { name, topic, partition, offset, reason, attempts, at, body, ...mended };
    if (!(await this.#insist(() => letters.put(group, letter), 'a dead letter', signal))) return false;
    counts.deadLetters += 1;
    logger?.error({ group, topic, partition, offset, reason, attempts }, 'dead letter');
    return true;
  }

  /** An offset may not move before this is done. False: the signal came first, and then it may be done or not. */
  async #insist(work: () => Promise<void>, what: string, signal: AbortSignal): Promise<boolean> {
    const aborted = Promise.withResolvers<void>();
    const stop = () => aborted.resolve();
    signal.addEventListener('abort', stop);
    try {
      for (let failures = 0; !signal.aborted; failures++) {
        try {
          await Promise.race([work(), aborted.promise]);
          break;
        } catch (error) {
          if (failures === 0) this.#context.logger?.warn({ err: error }, `${what} waits for the broker`);
          await pause(Math.min(5_000, 100 * 2 ** failures), signal);
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
    return !signal.aborted;
  }

  /**
   * Commits what has been settled; what fails is taken along by the next. One try each, since a commit that kafkajs tries
   * again after a rebalance would speak of partitions that others have by then, and set them back.
   */
  #write(): Promise<void> {
    clearTimeout(this.#writeTimer);
    this.#writeTimer = undefined;
    this.#unwritten = 0;
    this.#writing = this.#writing.then(async () => {
      const moved = [...this.#moved];
      if (moved.length === 0 || !this.#commit) return;
      this.#moved = new Map();
      const lanes = this.#lanes;
      const topics = [...Map.groupBy(moved, ([, { topic }]) => topic)].map(([topic, moves]) => ({
        topic,
        partitions: moves.map(([, { partition, next }]) => ({ partition, offset: String(next) })),
      }));
      try {
        await this.#commit({ topics });
      } catch {
        if (this.#lanes !== lanes || this.#left) return;
        for (const [key, move] of moved) if (!this.#moved.has(key)) this.#moved.set(key, move);
        this.#writeTimer ??= setTimeout(() => void this.#write(), 500);
      }
    });
    return this.#writing;
  }
}
