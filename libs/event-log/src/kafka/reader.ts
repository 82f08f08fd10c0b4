import type { Topic } from '@fcode/events';
import { pause } from '../deliver.ts';
import type { Listener } from '../event-log.ts';
import type { Topics } from '../place.ts';
import type { Desk } from './desk.ts';
import { Crash, Member, type MemberContext } from './member.ts';

export interface ReaderContext extends MemberContext {
  topics: Topics;
  desk: Desk;
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
        if (failures % 10 === 1)
          logger?.warn({ err: error, group: this.group, failures }, 'the event log cannot be read');
        await pause(Math.min(5_000, 100 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2), signal);
      }
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { names, topics } = this.#context;
    const left = await this.#undrained();
    const about = this.#listener.topics.map((topic) =>
      names.topic(topic, topics[topic].version - (left.has(topic) ? 1 : 0)),
    );
    const member = new Member(this.#listener, [...about, names.replays(this.group)], this.#context);
    if (left.size === 0) return member.run(signal);
    // A topic that grew: its events of before first.
    const drained = new AbortController();
    const look = async () => {
      if ((await this.#undrained()).size < left.size) drained.abort();
    };
    const timer = setInterval(() => void look().catch(() => undefined), lookAgainMs);
    try {
      await member.run(AbortSignal.any([signal, drained.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  /** Topics whose version before this one has events that the group has not read. */
  async #undrained(): Promise<Set<Topic>> {
    const { names, topics, desk } = this.#context;
    const grown = this.#listener.topics.filter((topic) => topics[topic].version > 1);
    if (grown.length === 0) return new Set();
    const present = new Set(await desk.ask((admin) => admin.listTopics()));
    const left = new Set<Topic>();
    for (const topic of grown) {
      const name = names.topic(topic, topics[topic].version - 1);
      if (!present.has(name)) continue;
      const positions = (await desk.positions(names.groupId(this.group), [name])).get(name);
      const bounds = await desk.bounds(name);
      if (bounds.some(({ partition, high }) => (positions?.get(partition) ?? 0) < high)) left.add(topic);
    }
    return left;
  }
}
