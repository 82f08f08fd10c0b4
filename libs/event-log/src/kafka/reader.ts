import { pause } from '../deliver.ts';
import type { Listener } from '../event-log.ts';
import type { Topics } from '../place.ts';
import { Crash, Member, type MemberContext } from './member.ts';
import { olderVersions } from './versions.ts';

export interface ReaderContext extends MemberContext {
  topics: Topics;
  /** Called when a consumer ended in a way that a new one is not likely to mend. */
  onFatal: (error: Error) => void;
}

const lookAgainMs = 1_000;

/** One subscription: a member of the group as long as it is not stopped, and another when one cannot go on. */
export class Reader {
  readonly group: string;
  readonly #listener: Listener;
  readonly #context: ReaderContext;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(listener: Listener, context: ReaderContext) {
    this.group = listener.group;
    this.#listener = listener;
    this.#context = context;
    this.#running = this.#run();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { logger, onFatal } = this.#context;
    let told: string | undefined;
    for (let failures = 0; !signal.aborted; ) {
      const began = performance.now();
      try {
        await this.#read(signal);
      } catch (error) {
        if (error instanceof Crash && !error.retriable) {
          logger?.error({ err: error, group: this.group }, 'the consumer crashed');
          onFatal(error);
        }
        // Who has read for a while has a new outage, not the same one.
        failures = performance.now() - began > 60_000 ? 1 : failures + 1;
        const { message } = error as Error;
        if (failures % 10 === 1 || message !== told) {
          logger?.warn({ err: error, group: this.group, failures }, 'the event log cannot be read');
        }
        told = message;
        await pause(Math.min(5_000, 100 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2), signal);
      }
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { names } = this.#context;
    const older = await this.#older();
    const left = older.filter(({ isLeft }) => isLeft);
    // A topic that grew: its events of before first. What the release of before appends after all is still read later.
    const current = this.#listener.topics.filter((topic) => !left.some((one) => one.topic === topic));
    const about = [...older.map(({ name }) => name), ...current.map((topic) => names.topic(topic))];
    const member = new Member(this.#listener, [...about, names.replays(this.group)], this.#context);
    if (left.length === 0) return member.run(signal);
    const drained = new AbortController();
    const look = async () => {
      if ((await this.#older()).filter(({ isLeft }) => isLeft).length < left.length) drained.abort();
    };
    const timer = setInterval(() => void look().catch(() => undefined), lookAgainMs);
    try {
      await member.run(AbortSignal.any([signal, drained.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  /** Versions of before, and whether the group has yet to read events of them. */
  async #older() {
    const { names, desk } = this.#context;
    const older = await olderVersions(this.#context, this.#listener.topics);
    return await Promise.all(
      older.map(async ({ topic, name }) => {
        const positions = (await desk.positions(names.groupId(this.group), [name])).get(name);
        const bounds = await desk.bounds(name);
        return { topic, name, isLeft: bounds.some(({ partition, high }) => (positions?.get(partition) ?? 0) < high) };
      }),
    );
  }
}
