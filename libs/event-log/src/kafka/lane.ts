import { deliver, type Outcome } from '../deliver.ts';
import type { Listener, Logger } from '../event-log.ts';

/** One record of a partition for a listener: an event as it stands in its topic, or one to be handed over again. */
export interface Work {
  /** Its offset in the partition that the lane reads. */
  position: number;
  body: string;
  replayed: boolean;
}

export interface LaneOptions<Item extends Work> {
  listener: Listener;
  /** Of what read this partition in this process before; it may still be in the middle of an event. */
  after: Promise<void> | undefined;
  /**
   * Resolves when it is known that the group still counts on this member, with the item as it stands now; undefined when it
   * is not to be handled any more. Waits otherwise, until the signal aborts.
   */
  ready: (item: Item, signal: AbortSignal) => Promise<Item | undefined>;
  /**
   * Writes down what became of an event, before its offset moves. Tries until it is written, or until the signal
   * aborts: false then, and the event comes again.
   */
  settle: (item: Item, outcome: Outcome, signal: AbortSignal) => Promise<boolean>;
  /** All before `next` has been settled. */
  moved: (next: number) => void;
  /** Less is queued than `few`. */
  drained: () => void;
  logger: Logger | undefined;
}

const few = 50;
/** Past this a partition is not fetched until most of it has been handled. */
const many = 200;

/** Handles the events of one partition, one after the other, apart from the loop that fetches them. */
export class Lane<Item extends Work> {
  readonly #options: LaneOptions<Item>;
  readonly #ended = new AbortController();
  #queue: Item[] = [];
  #full = false;
  #begun = false;
  #working: Promise<void> | undefined;

  constructor(options: LaneOptions<Item>) {
    this.#options = options;
  }

  /** Settles when no handler runs for this partition; undefined when none does. */
  get done(): Promise<void> | undefined {
    return this.#working ?? this.#options.after;
  }

  get ended(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Whether anything has been brought to it. */
  get begun(): boolean {
    return this.#begun;
  }

  /** False when the partition should not be fetched until `drained`. */
  push(items: readonly Item[]): boolean {
    this.#begun = true;
    this.#queue.push(...items);
    this.#working ??= this.#work();
    this.#full ||= this.#queue.length > many;
    return !this.#full;
  }

  /** Handles nothing more; the event under way may still end well. */
  end(): void {
    this.#ended.abort();
    this.#queue = [];
  }

  async #work(): Promise<void> {
    const { listener, after, ready, settle, moved, drained, logger } = this.#options;
    const { signal } = this.#ended;
    await after;
    for (let next = this.#queue.shift(); next && !signal.aborted; next = this.#queue.shift()) {
      const item = await ready(next, signal);
      if (signal.aborted) break;
      if (item) {
        const { body, replayed } = item;
        const outcome = await deliver(listener, () => JSON.parse(body), { replayed, signal }, logger);
        if (outcome.as === 'stopped' || !(await settle(item, outcome, signal))) break;
      }
      moved(next.position + 1);
      if (this.#full && this.#queue.length < few) {
        this.#full = false;
        drained();
      }
    }
    this.#working = undefined;
  }
}
