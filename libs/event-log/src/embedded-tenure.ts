import type { CloudEvent } from '@fcode/events';
import type { Bell } from './bell.ts';
import type { GroupCounts } from './counts.ts';
import { deliver } from './deliver.ts';
import type { Lane, Lease, Letter, Progress, Stored } from './embedded-file.ts';
import type { LogThread } from './embedded-thread.ts';
import type { Listener, Logger, Place } from './event-log.ts';

export const LEASE_MS = 4_000;
export const HEARTBEAT_MS = 1_000;
/** Progress is written after this many events or this long, whichever is first: what a crash may hand over again. */
const MOST_UNWRITTEN = 50;
const WRITE_AFTER_MS = 100;
const PAGE = 50;

export interface ReaderContext {
  thread: LogThread;
  lanes: readonly Lane[];
  owner: string;
  clock: () => number;
  counts: GroupCounts;
  logger?: Logger | undefined;
}

interface LaneState extends Lane {
  next: number;
  /** There may be something to fetch. */
  due: boolean;
  /** Its page is being handled; another is not fetched until it is through. */
  busy: boolean;
}

const nothing = (): Progress => ({ moves: [], letters: [], settled: [] });

/** Reads for a group while it holds the group's lease: lanes (partitions) side by side, one event at a time in each. */
export class Tenure {
  /** Aborts when the lease is lost, the log fails, or the subscription stops. */
  readonly ended = new AbortController();
  failure: unknown;
  readonly #listener: Listener;
  readonly #context: ReaderContext;
  readonly #bell: Bell;
  readonly #lanes: LaneState[];
  readonly #moved = new Map<LaneState, number>();
  #settled: Place[] = [];
  /** Handled and not known to be written; `fresh` are those that no write has taken along yet. */
  #unwritten = 0;
  #fresh = 0;
  #until: number;
  #writeTimer: NodeJS.Timeout | undefined;
  #lost = false;

  constructor(
    listener: Listener,
    context: ReaderContext,
    bell: Bell,
    lanes: (Lane & { next: number })[],
    until: number,
  ) {
    this.#listener = listener;
    this.#context = context;
    this.#bell = bell;
    this.#lanes = lanes.map((lane) => ({ ...lane, due: true, busy: false }));
    this.#until = until;
    context.counts.rebalances += 1;
  }

  wake(concerns: (lane: Lane) => boolean): void {
    for (const lane of this.#lanes) if (concerns(lane)) lane.due = true;
  }

  end(failure?: unknown): void {
    this.failure ??= failure;
    this.ended.abort();
    this.#bell.ring();
  }

  /** Resolves when it has ended, no handler runs any more, and what was handled is written. */
  async run(): Promise<void> {
    const { signal } = this.ended;
    const heartbeat = setInterval(() => void this.#write(), HEARTBEAT_MS);
    const working = new Set<Promise<void>>();
    try {
      while (!signal.aborted) {
        const due = this.#lanes.filter((lane) => lane.due && !lane.busy);
        if (due.length === 0) {
          await this.#bell.wait(HEARTBEAT_MS);
          continue;
        }
        for (const lane of due) lane.due = false;
        const wanted = due.map(({ topic, partition, next }) => ({ topic, partition, next }));
        const pages = await this.#context.thread.read('fetch', this.#listener.group, wanted, PAGE);
        for (const [index, lane] of due.entries()) {
          const { replays = [], events = [] } = pages[index] ?? {};
          if (replays.length + events.length === 0) continue;
          lane.busy = true;
          const work = this.#work(lane, replays, events).finally(() => {
            working.delete(work);
            lane.busy = false;
            if (replays.length === PAGE || events.length === PAGE) lane.due = true;
            if (lane.due) this.#bell.ring();
          });
          working.add(work);
        }
      }
    } catch (error) {
      this.end(error);
    } finally {
      clearInterval(heartbeat);
      await Promise.allSettled(working);
      clearTimeout(this.#writeTimer);
      if (!this.#lost && !this.failure) await this.#write();
    }
  }

  async #work(lane: LaneState, replays: readonly Stored[], events: readonly Stored[]): Promise<void> {
    try {
      for (const stored of replays) await this.#handle(lane, stored, true);
      // Handled replays must be off the list before it is read again.
      if (replays.length > 0) await this.#write();
      for (const stored of events) await this.#handle(lane, stored, false);
    } catch (error) {
      this.end(error);
    }
  }

  async #handle(lane: LaneState, { body, ...place }: Stored, replayed: boolean): Promise<void> {
    const { signal } = this.ended;
    // After a pause longer than the lease another process may have the group: ask before handling more.
    const unsure = (): boolean => this.#unwritten >= MOST_UNWRITTEN || this.#context.clock() >= this.#until;
    while (!signal.aborted && unsure()) await this.#write();
    const { logger } = this.#context;
    const parse = (): CloudEvent => JSON.parse(body);
    const outcome = await deliver(this.#listener, parse, { replayed, signal }, logger);
    if (outcome.as === 'stopped') return this.end();
    if (!replayed) {
      lane.next = place.offset + 1;
      this.#moved.set(lane, lane.next);
    }
    this.#unwritten += 1;
    this.#fresh += 1;
    if (outcome.as === 'failed') {
      const { reason, attempts } = outcome;
      const at = new Date(this.#context.clock()).toISOString();
      this.#context.counts.deadLetters += 1;
      logger?.error({ ...place, group: this.#listener.group, reason, attempts }, 'dead letter');
      await this.#write({ ...place, reason, attempts, at });
      return;
    }
    this.#context.counts.handled += 1;
    if (replayed) this.#settled.push(place);
    this.#writeTimer ??= setTimeout(() => void this.#write(), WRITE_AFTER_MS);
  }

  /** Writes the progress so far and renews the lease. Never rejects: what fails here ends the tenure. */
  async #write(letter?: Letter): Promise<void> {
    const { thread, owner, clock } = this.#context;
    clearTimeout(this.#writeTimer);
    this.#writeTimer = undefined;
    const progress = nothing();
    for (const [{ topic, partition }, next] of this.#moved) progress.moves.push({ topic, partition, next });
    this.#moved.clear();
    progress.settled = this.#settled.splice(0);
    if (letter) progress.letters.push(letter);
    const events = this.#fresh;
    this.#fresh = 0;
    const lease: Lease = { group: this.#listener.group, owner, until: clock() + LEASE_MS };
    try {
      this.#lost ||= !(await thread.write('commit', lease, progress));
      if (this.#lost) return this.end();
      this.#until = Math.max(this.#until, lease.until);
      this.#unwritten -= events;
    } catch (error) {
      this.end(error);
    }
  }
}
