import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@fcode/event-log';
import { accept, refuse } from '@fcode/policy';

import { type Key, nameOf, type Ref } from './item.ts';
import type { Store } from './store.ts';

export interface TimersOptions {
  store: Store;
  /** Epoch ms. */
  clock: () => number;
  logger: Logger;
  /**
   * Does what is due about the item, by `change` on its own state as it is now: twice, late, or when nothing is due any
   * more must be harmless. It moves or drops the item's `dueAt`; one that stays due comes again with the next look.
   */
  handle: (key: Key, at: number) => Promise<void>;
  everyMs?: number;
}

interface Lease {
  holder: string;
  until: number;
}

const leaseRef: Ref<Lease> = {
  pk: 'timers',
  sk: 'lease',
  initial: { holder: '', until: 0 },
  evolve: (_, fact) => fact.data as Lease,
};

const leaseMs = 10_000;
const pageOf = 100;
const atOnce = 8;

/**
 * What is to happen at a time, durably: an item says in the index `due` when something is to be done about it, and one
 * process at a time, by a lease, looks every second and does it. Instead of partitions by minute: one query a shard finds
 * all that is overdue, however long nobody looked. The lease saves double work and is no guard: the guard is the item's own,
 * so two that both believe to hold it, their clocks apart, harm nothing. The index may lag: what it misses, the next look finds.
 */
export class Timers {
  readonly #options: TimersOptions;
  readonly #holder = randomUUID();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #leasedUntil = 0;

  constructor(options: TimersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { everyMs = 1000, logger, store } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await this.look();
      } catch (error) {
        logger.warn({ err: error, table: store.table.name }, 'what is due could not be done; it will be tried again');
      }
      await sleep(everyMs * (0.8 + 0.4 * Math.random()), undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  /** Does all that is due now, if this process holds the lease. Resolves to how many items were looked at. */
  async look(): Promise<number> {
    const { clock, store } = this.#options;
    const at = clock();
    if (!(await this.#isLeased(at))) return 0;
    let count = 0;
    const { most: shards } = await store.spread();
    for (let shard = 0; shard < shards && !this.#stop.signal.aborted; shard += 1) {
      const seen = new Set<string>();
      for await (const page of store.table.due(String(shard), at, pageOf)) {
        // What was moved to a time that is over as well comes by again: it has had its turn, and a page
        // of nothing else is for the next look.
        const keys = page.filter((key) => !seen.has(nameOf(key)));
        for (const key of keys) seen.add(nameOf(key));
        for (let from = 0; from < keys.length; from += atOnce) {
          await Promise.all(keys.slice(from, from + atOnce).map((key) => this.#do(key, at)));
        }
        count += keys.length;
        if (keys.length === 0 || this.#stop.signal.aborted || !(await this.#isLeased(clock()))) break;
      }
    }
    return count;
  }

  /** One item's trouble keeps no other from its turn. */
  async #do(key: Key, at: number): Promise<void> {
    try {
      await this.#options.handle(key, at);
    } catch (error) {
      this.#options.logger.warn({ err: error, item: nameOf(key) }, 'what is due about an item could not be done yet');
    }
  }

  async #isLeased(at: number): Promise<boolean> {
    // Half of it is left for what is under way.
    if (at < this.#leasedUntil - leaseMs / 2) return true;
    const holder = this.#holder;
    const decision = await this.#options.store.change(
      [leaseRef],
      (lease) =>
        lease.holder === holder || lease.until <= at
          ? accept([{ type: 'lease.taken', data: { holder, until: at + leaseMs } }], {})
          : refuse('leased'),
      { at, deadline: performance.now() + 2000, correlationId: 'timers', causationId: 'timers' },
    );
    this.#leasedUntil = decision.outcome === 'refused' ? 0 : at + leaseMs;
    return this.#leasedUntil > 0;
  }
}
