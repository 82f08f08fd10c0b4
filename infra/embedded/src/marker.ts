import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref, Store } from '@fcode/dynamo';
import type { EmbeddedLog } from '@fcode/event-log';
import type { Logger } from '@fcode/http';
import { accept } from '@fcode/policy';

export type LogPosition = Awaited<ReturnType<EmbeddedLog['position']>>;

/**
 * What the store knows of the log: the start by which it was written, and how far the log was. It is read from the log
 * before it is written here, so a store that has it has the state behind every event up to `last` and the effects of
 * everything before `offsets`.
 */
export interface Mark extends LogPosition {
  boot: string;
  at: string;
}

export const markRef: Ref<Mark> = {
  pk: 'installation',
  sk: 'log',
  initial: { boot: '', at: '', last: 0, offsets: {}, settled: 0 },
  evolve: (mark, { type, data }) => (type === 'log.noted' ? (data as Mark) : mark),
  owned: true,
};

/** Between two writes, so that all services that clear their outboxes share one. */
const pauseMs = 100;
const noteEveryMs = 1000;
const writeWithinMs = 2000;

export interface MarkerOptions {
  /** A connection of its own: what waits for it must not wait behind a rush of customers. */
  store: Store;
  log: EmbeddedLog;
  /** Epoch ms. */
  clock: () => number;
  logger: Logger;
}

/** Keeps the mark: after a second at most while the log moves, and at once when somebody waits for it. */
export class Marker {
  readonly #options: MarkerOptions;
  #boot = '';
  /** The position that the store has. */
  #noted = '';
  #next: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();
  #pausedUntil = 0;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MarkerOptions) {
    this.#options = options;
  }

  /** Writes the first mark of this start; the log knows the start already. */
  async start(boot: string): Promise<void> {
    this.#boot = boot;
    await this.cover();
    this.#timer = setInterval(() => {
      this.cover().catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, 'the store did not note how far the log is; it will be tried again'),
      );
    }, noteEveryMs);
    this.#timer.unref();
  }

  /** Resolves when the store has noted everything that the log had when this was called. */
  cover(): Promise<void> {
    this.#next ??= this.#soon();
    return this.#next;
  }

  async #soon(): Promise<void> {
    await this.#running.catch(() => {});
    const pause = this.#pausedUntil - performance.now();
    // To stop, nobody waits.
    if (pause > 0) await sleep(pause, undefined, { signal: this.#stopping.signal }).catch(() => {});
    // Who asks from here on may have appended after the log is read.
    this.#next = undefined;
    this.#running = this.#note();
    await this.#running;
  }

  async #note(): Promise<void> {
    const { store, log, clock } = this.#options;
    const position = await log.position();
    const text = JSON.stringify(position);
    if (text === this.#noted) return;
    this.#pausedUntil = performance.now() + pauseMs;
    const mark: Mark = { boot: this.#boot, at: new Date(clock()).toISOString(), ...position };
    await store.change([markRef], () => accept([{ type: 'log.noted', data: mark }], {}), {
      at: clock(),
      deadline: performance.now() + writeWithinMs,
      correlationId: 'mark',
      causationId: 'mark',
    });
    this.#noted = text;
  }

  /** Writes the last mark; to be called when nobody appends or listens any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.cover().catch(() => {});
  }
}
