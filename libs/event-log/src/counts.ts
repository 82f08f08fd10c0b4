import type { Figures } from './event-log.ts';

export type GroupCounts = Figures['groups'][string];

/** Counts for the figures of one log; a group is counted from its first mention on. */
export class Counts {
  appended = 0;
  readonly #groups = new Map<string, GroupCounts>();

  group(name: string): GroupCounts {
    const known = this.#groups.get(name) ?? { handled: 0, deadLetters: 0, rebalances: 0 };
    this.#groups.set(name, known);
    return known;
  }

  figures(): Figures {
    return structuredClone({ appended: this.appended, groups: Object.fromEntries(this.#groups) });
  }
}
