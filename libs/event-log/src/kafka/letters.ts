import type { DeadLetter, Place } from '../event-log.ts';
import type { Desk } from './desk.ts';
import type { Names } from './names.ts';
import type { Pages } from './pages.ts';
import type { Sender } from './sender.ts';

/** A dead letter as its topic holds it. `name` is the Kafka topic that it came from, its version included. */
export interface StoredLetter extends Place {
  name: string;
  reason: string;
  attempts: number;
  at: string;
  body: string;
  mended?: true;
}

/** What has been read of a group's topic. */
interface Fold {
  next: number;
  /** When it was read last; `performance.now()`. */
  at: number;
  letters: Map<string, StoredLetter>;
  reading: Promise<void>;
}

const pageOf = 500;
const freshMs = 600_000;
const keyOf = ({ name, partition, offset }: { name: string; partition: number; offset: number }): string =>
  `${name}/${partition}/${offset}`;

/** The dead letters of groups: each group has a compacted topic of one partition, whose newest records are the list. */
export class Letters {
  readonly #folds = new Map<string, Fold>();
  readonly #parts: { names: Names; sender: Sender; desk: Desk; pages: Pages };

  constructor(parts: { names: Names; sender: Sender; desk: Desk; pages: Pages }) {
    this.#parts = parts;
  }

  async put(group: string, letter: StoredLetter): Promise<void> {
    await this.#send(group, keyOf(letter), JSON.stringify(letter));
  }

  async takeOff(group: string, letter: { name: string; partition: number; offset: number }): Promise<void> {
    await this.#send(group, keyOf(letter), null);
  }

  async #send(group: string, key: string, value: string | null): Promise<void> {
    const { sender, names } = this.#parts;
    await sender.send([{ topic: names.deadLetters(group), partition: 0, key, value }]);
  }

  /**
   * All of a group, the longest dead first. Reads its topic from where the last look ended; the first look reads the whole of it:
   * what ever died and is not compacted yet.
   */
  list(group: string): Promise<StoredLetter[]> {
    const fold = this.#folds.get(group) ?? { next: 0, at: 0, letters: new Map(), reading: Promise.resolve() };
    this.#folds.set(group, fold);
    const read = fold.reading.then(() => this.#readOn(group, fold));
    fold.reading = read.catch(() => undefined);
    return read.then(() => [...fold.letters.values()]);
  }

  /** The letter as it stands now; undefined when it is not on the list any more. */
  async current(group: string, letter: { name: string; partition: number; offset: number }) {
    await this.list(group);
    return this.#folds.get(group)?.letters.get(keyOf(letter));
  }

  async #readOn(group: string, fold: Fold): Promise<void> {
    const { desk, pages, names } = this.#parts;
    const topic = names.deadLetters(group);
    const [bounds] = await desk.bounds(topic);
    // A null is kept for a day: who looks after a long time may have missed it.
    if (performance.now() - fold.at > freshMs) {
      fold.next = bounds?.low ?? 0;
      fold.letters.clear();
    }
    while (fold.next < (bounds?.high ?? 0)) {
      const records = await pages.read(topic, 0, fold.next, pageOf);
      const last = records.at(-1);
      if (!last) break;
      for (const { key, value } of records) {
        if (value === null) fold.letters.delete(key);
        else fold.letters.set(key, JSON.parse(value));
      }
      fold.next = last.offset + 1;
    }
    fold.at = performance.now();
  }

  async find(group: string, { topic, partition, offset }: Place): Promise<StoredLetter | undefined> {
    const letters = await this.list(group);
    return letters.findLast((one) => one.topic === topic && one.partition === partition && one.offset === offset);
  }
}

export const toDeadLetter = (group: string, { name: _, mended, ...letter }: StoredLetter): DeadLetter => ({
  ...letter,
  group,
  mended: mended ?? false,
});
