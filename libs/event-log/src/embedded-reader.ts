import { Bell } from './bell.ts';
import { pause } from './deliver.ts';
import type { Lane } from './embedded-file.ts';
import { HEARTBEAT_MS, LEASE_MS, type ReaderContext, Tenure } from './embedded-tenure.ts';
import type { Listener } from './event-log.ts';

/** One subscription: stands by until the group has no reader, reads until it is stopped or loses the lease, and again. */
export class Reader {
  readonly group: string;
  readonly #listener: Listener;
  readonly #context: ReaderContext;
  readonly #bell = new Bell();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #tenure: Tenure | undefined;

  constructor(listener: Listener, context: ReaderContext) {
    this.group = listener.group;
    this.#listener = listener;
    this.#context = context;
    this.#running = this.#run();
  }

  /** Says that there may be something new in these lanes, or by default about anything. */
  wake(concerns?: (lane: Lane) => boolean): void {
    if (this.#tenure) this.#tenure.wake(concerns ?? (() => true));
    if (this.#tenure || !concerns) this.#bell.ring();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    this.#tenure?.end();
    this.#bell.ring();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const until = await this.#takeLease();
        if (until !== undefined) await this.#read(until);
      } catch (error) {
        this.#context.logger?.warn({ err: error, group: this.group }, 'the event log cannot be read');
        await pause(HEARTBEAT_MS, signal);
      }
    }
    // Without this the next reader waits until the lease ends, no more.
    await this.#context.thread.write('release', this.group, this.#context.owner).catch(() => undefined);
  }

  /** The time until which this is the group's reader, or undefined after some waiting when another one is. */
  async #takeLease(): Promise<number | undefined> {
    const { thread, owner, clock } = this.#context;
    const now = clock();
    const until = now + LEASE_MS;
    const reader = await thread.read('reader', this.group);
    const free = !reader || reader.until <= now || reader.owner === owner;
    if (free && (await thread.write('take', { group: this.group, owner, until }, now))) return until;
    await this.#bell.wait(Math.min(HEARTBEAT_MS, Math.max(10, (reader?.until ?? now) - now)));
    return undefined;
  }

  async #read(until: number): Promise<void> {
    const { thread, lanes, logger } = this.#context;
    const topics = [...new Set(lanes.map(({ topic }) => topic))];
    const lag = await thread.read('lag', this.group, topics);
    if (this.#stopping.signal.aborted) return;
    this.#tenure = new Tenure(this.#listener, this.#context, this.#bell, lag, until);
    const tenure = this.#tenure;
    await tenure.run();
    this.#tenure = undefined;
    if (tenure.failure) throw tenure.failure;
    if (!this.#stopping.signal.aborted) logger?.warn({ group: this.group }, 'another reader has the group');
  }
}
