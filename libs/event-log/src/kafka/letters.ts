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

const pageOf = 500;
const keyOf = ({ name, partition, offset }: { name: string; partition: number; offset: number }): string =>
  `${name}/${partition}/${offset}`;

/** The dead letters of groups: each group has a compacted topic of one partition, whose newest records are the list. */
export class Letters {
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

  /** All of a group, the longest dead first. Reads its whole topic: as long as what ever died and is not compacted yet. */
  async list(group: string): Promise<StoredLetter[]> {
    const { desk, pages, names } = this.#parts;
    const topic = names.deadLetters(group);
    const [bounds] = await desk.bounds(topic);
    const letters = new Map<string, StoredLetter>();
    for (let next = bounds?.low ?? 0; next < (bounds?.high ?? 0); ) {
      const records = await pages.read(topic, 0, next, pageOf);
      const last = records.at(-1);
      if (!last) break;
      next = last.offset + 1;
      for (const { key, value } of records) {
        if (value === null) letters.delete(key);
        else letters.set(key, JSON.parse(value));
      }
    }
    return [...letters.values()];
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
