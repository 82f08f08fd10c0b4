import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, Logger } from '@fcode/event-log';
import type { CloudEvent, Dialect, OutboxEntry } from '@fcode/events';
import { decodeOutbox, type Key, nameOf } from './item.ts';
import type { Spread } from './spread.ts';
import type { Table } from './table.ts';

export interface OutboxOptions {
  table: Table;
  log: EventLog;
  /** Over how many shards the outbox index is spread, by everybody. */
  spread: () => Promise<Spread>;
  /** Epoch ms. */
  clock: () => number;
  logger: Logger;
  /** The events that it knows, and in which versions. */
  dialect: Dialect;
  /** How long events may wait for their own committer before the relay publishes them; ms, default 3,000. */
  relayAfterMs?: number;
  /**
   * Resolves when what was appended before the call is noted in the store. Events stay in their items until then, so that a
   * log that is older than the store is told by what it lacks, and lacks nothing that is not in an item. Absent: appended
   * is enough.
   */
  cover?: () => Promise<void>;
}

/** What an item still has to publish; `seq` is the item's sequence as of then. */
interface Unpublished {
  key: Key;
  seq: number;
  entries: OutboxEntry[];
}

/** What is known to be in the log of an item. */
interface Published {
  key: Key;
  seq: number;
  /** The last of its events that is in the log, and the last that the store has noted to be. */
  sequence: number;
  covered: number;
}

/** After an outage of the log: longer than a publisher waits between two tries, in most processes. */
const ownersFirstMs = 6000;
const stopWithinMs = 5000;
const clearEveryMs = 200;
const clearAtLatestMs = 5000;
/** One request at a time, so that clearing takes little room from customers. */
const clearAtOnce = 25;
const appendAtOnce = 500;
const rememberedAtMost = 20_000;

/**
 * Events leave by here. A commit leaves its events in the item; this publishes them after the answer, in order, and
 * clears them later, in batches, on condition that the item is still as it was published. What a crash interrupts, the
 * relay of any process finds in the index and publishes again: at least once, never lost.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #queue: Unpublished[] = [];
  /** Last sequence known to be in the log, by item, until its entries are cleared. */
  readonly #published = new Map<string, Published>();
  /** Items of which more is in the log than is covered. */
  #uncovered = new Set<string>();
  #covering: Promise<void> = Promise.resolve();
  #publishing: Promise<void> | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #jobs = new Set<Promise<void>>();
  readonly #stop = Promise.withResolvers<void>();
  #stopped = false;
  #clearedAt = 0;
  /** Whether the log did not take what was appended last, and when it first did again; `performance.now()`. */
  #isAway = false;
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  start(): void {
    const every = (ms: number, what: string, job: () => Promise<unknown>) => {
      const run = async () => {
        try {
          await job();
        } catch (error) {
          const { logger, table } = this.#options;
          logger.warn({ err: error, table: table.name }, `${what} failed; it will be tried again`);
        }
      };
      const next = () => {
        if (this.#stopped) return;
        const timer = setTimeout(
          () => {
            this.#timers.delete(timer);
            const running = run().finally(() => {
              this.#jobs.delete(running);
              next();
            });
            this.#jobs.add(running);
          },
          ms * (0.8 + 0.4 * Math.random()),
        );
        timer.unref();
        this.#timers.add(timer);
      };
      next();
    };
    every(clearEveryMs, 'clearing published events', async () => {
      // In a rush the store is for those who wait for an answer; cleared is in the idle moments, or when it must be.
      const isRush = this.#options.table.isBusy && performance.now() - this.#clearedAt < clearAtLatestMs;
      await (isRush ? this.#cover() : this.#clear());
    });
    every(1000, 'the relay', () => this.relay());
  }

  /** Which of an item's entries the next commit may drop, because they are in the log for good. */
  isPublished(key: Key, sequence: number): boolean {
    return sequence <= (this.#published.get(nameOf(key))?.covered ?? 0);
  }

  /** Waits, where an item has entries that are in the log and not covered yet, until the next commit may drop them. */
  async makeRoom(key: Key): Promise<void> {
    const { sequence, covered } = this.#published.get(nameOf(key)) ?? { sequence: 0, covered: 0 };
    if (covered < sequence) await this.#cover().catch(() => {});
  }

  /** Publishes, after the answer, everything that a committed item still holds. */
  committed(key: Key, seq: number, entries: OutboxEntry[]): void {
    // Past this, memory is spared and the relay finds the rest in the index.
    if (entries.length === 0 || this.#queue.length > rememberedAtMost) return;
    this.#queue.push({ key, seq, entries });
    this.#publishing ??= this.#publish();
  }

  async #publish(): Promise<void> {
    // Let what is committed in this turn go together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let failures = 0; this.#queue.length > 0 && !(this.#stopped && failures > 0); ) {
      const batch = this.#queue.slice(0, appendAtOnce);
      try {
        await this.#append(batch);
        this.#queue.splice(0, batch.length);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1)
          this.#options.logger.warn({ err: error }, 'the event log is away; events wait in their items');
        const pause = new Promise((resolve) => setTimeout(resolve, Math.min(5000, 50 * 2 ** failures)).unref());
        await Promise.race([pause, this.#stop.promise]);
      }
    }
    this.#publishing = undefined;
  }

  /** Appends what of it is not in the log yet; gives the items of which everything is in it now. */
  async #append(batch: Unpublished[]): Promise<Unpublished[]> {
    const { log, logger, dialect, cover } = this.#options;
    const upTo = new Map<string, number>();
    const events: CloudEvent[] = [];
    const publishable = batch.filter(({ key, entries }) => {
      const name = nameOf(key);
      const known = upTo.get(name) ?? this.#published.get(name)?.sequence ?? 0;
      const fresh = entries.filter(({ sequence }) => sequence > known);
      try {
        events.push(...fresh.map((entry) => dialect.toCloudEvent(name, entry)));
      } catch (error) {
        // E.g. while a newer program is rolled out. All of the item waits for one that knows, so that order is kept.
        logger.warn(
          { err: error, item: name },
          'the events of an item are not for this program; another publishes them',
        );
        return false;
      }
      upTo.set(name, fresh.at(-1)?.sequence ?? known);
      return true;
    });
    if (events.length > 0) await this.#appendTo(log, events);
    for (const { key, seq } of publishable) {
      const name = nameOf(key);
      const known = this.#published.get(name);
      if (known && known.seq > seq) continue;
      // Past this, memory is spared: the relay publishes these again, and clears them at once.
      if (!known && this.#published.size >= rememberedAtMost) continue;
      const sequence = Math.max(upTo.get(name) ?? 0, known?.sequence ?? 0);
      this.#published.set(name, { key, seq, sequence, covered: cover ? (known?.covered ?? 0) : sequence });
      if (cover) this.#uncovered.add(name);
    }
    return publishable;
  }

  /** Has the store note what is in the log. One at a time; who comes meanwhile waits for it, and for another if need be. */
  #cover(): Promise<void> {
    const { cover } = this.#options;
    if (cover && this.#uncovered.size > 0) {
      this.#covering = this.#covering.catch(() => {}).then(() => this.#coverNow(cover));
    }
    return this.#covering;
  }

  async #coverNow(cover: () => Promise<void>): Promise<void> {
    const names = this.#uncovered;
    if (names.size === 0) return;
    this.#uncovered = new Set();
    const upTo = [...names].map((name) => [name, this.#published.get(name)?.sequence ?? 0] as const);
    try {
      await cover();
    } catch (error) {
      for (const name of names) this.#uncovered.add(name);
      throw error;
    }
    for (const [name, sequence] of upTo) {
      const noted = this.#published.get(name);
      if (noted) noted.covered = Math.max(noted.covered, sequence);
    }
  }

  async #appendTo(log: EventLog, events: CloudEvent[]): Promise<void> {
    try {
      await log.append(events);
    } catch (error) {
      this.#isAway = true;
      throw error;
    }
    if (this.#isAway) this.#backAt = performance.now();
    this.#isAway = false;
  }

  /** Empties the outboxes of items that are still as they were when they were published. */
  async #clear(): Promise<void> {
    const { table } = this.#options;
    this.#clearedAt = performance.now();
    await this.#cover();
    const entries = [...this.#published].filter(([, { sequence, covered }]) => covered >= sequence).slice(0, 1000);
    for (let from = 0; from < entries.length; from += clearAtOnce) {
      await Promise.all(
        entries.slice(from, from + clearAtOnce).map(async ([name, noted]) => {
          const write = { key: noted.key, expected: noted.seq, item: 'clear' } as const;
          const { outcome } = await table.write(write, performance.now() + 5000);
          // A lost guard means that a later commit carries the entries on, and is cleared in its turn.
          const settled = outcome === 'done' || outcome === 'lost';
          if (settled && this.#published.get(name) === noted) this.#published.delete(name);
        }),
      );
    }
  }

  /**
   * Publishes what has waited too long, whoever committed it. Twice is harmless, for listeners tell by the event's id, but it is
   * work for all of them: while the log is away a few items are enough to find out, and when it is back those who committed publish
   * first.
   */
  async relay(olderThanMs = this.#options.relayAfterMs ?? 3000): Promise<number> {
    const { table, clock, spread } = this.#options;
    if (!this.#isAway && performance.now() - this.#backAt < ownersFirstMs) return 0;
    const isProbe = this.#isAway;
    let count = 0;
    const { most: shards } = await spread();
    const first = Math.floor(Math.random() * shards);
    for (let step = 0; step < shards && isProbe === this.#isAway && !this.#stopped; step += 1) {
      const keys = await table.pending(String((first + step) % shards), clock() - olderThanMs, isProbe ? 10 : 100);
      const items = await Promise.all(
        keys
          .filter((key) => !this.#published.has(nameOf(key)))
          .map(async (key) => ({ key, attributes: await table.read(key, performance.now() + 5000) })),
      );
      const unpublished = items.flatMap(({ key, attributes }) =>
        attributes ? [{ key, seq: Number(attributes.seq?.N), entries: decodeOutbox(attributes) }] : [],
      );
      if (unpublished.length > 0) {
        const published = await this.#append(unpublished);
        if (this.#published.size >= rememberedAtMost) await this.#clearNow(published);
      }
      count += unpublished.length;
    }
    return count;
  }

  async #clearNow(published: Unpublished[]): Promise<void> {
    await this.#options.cover?.();
    const clear = ({ key, seq }: Unpublished) =>
      this.#options.table.write({ key, expected: seq, item: 'clear' }, performance.now() + 5000);
    await Promise.all(published.map(clear));
  }

  /** Publishes and clears what this process still knows of; what it cannot, another's relay will. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop.resolve();
    for (const timer of this.#timers) clearTimeout(timer);
    // A log that does not answer keeps nobody: what is not published by then stays in its items.
    const patience = new AbortController();
    const late = sleep(stopWithinMs, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([Promise.all([this.#publishing, ...this.#jobs]), late]);
    patience.abort();
    await this.#clear().catch(() => {});
  }
}
