import type { Ref, Request, Store } from '@fcode/dynamo';
import { accept, again, type Fact } from '@fcode/policy';
import { monthOf } from './places.ts';

/** That a month has any: months that have none cost nothing to pass over. */
const monthKind = {
  initial: { hasAny: false },
  evolve: (state: { hasAny: boolean }, { type }: Fact) => (type === 'month.begun' ? { hasAny: true } : state),
};

/**
 * What happened, by when it did: of one month (UTC) a partition, so that none grows for ever. Places begin with the instant.
 * In the table it is `<name>/<month>` · `<place>`, as the field `field`, and `<name>` · `<month>` for a month that has any.
 */
export class MonthlyList<Thing extends object> {
  readonly #name: string;
  readonly #field: string;
  readonly #kind: Omit<Ref<Record<string, Thing | undefined>>, 'pk' | 'sk'>;

  constructor(name: string, field: string) {
    this.#name = name;
    this.#field = field;
    this.#kind = {
      initial: {},
      evolve: (state, { type, data }) => (type === 'thing.heard' ? { ...state, [field]: data as Thing } : state),
    };
  }

  /** Lists it, once: what stands at the place stays. Rejects with StoreBusy. */
  async keep(store: Store, request: Request, place: string, thing: Thing): Promise<void> {
    const month = monthOf(place);
    // The month first: what stands in it can be found by it.
    await store.change(
      [{ pk: this.#name, sk: month, ...monthKind }],
      ({ hasAny }) => (hasAny ? again({}) : accept([{ type: 'month.begun', data: {} }], {})),
      request,
    );
    await store.change(
      [{ pk: this.#partitionOf(month), sk: place, ...this.#kind }],
      (kept) => (kept[this.#field] ? again({}) : accept([{ type: 'thing.heard', data: thing }], {})),
      request,
    );
  }

  /**
   * A page, the newest first. Each month that it looks into has one at least, so that it looks into no more of them than it
   * has places. `cursor`: the place that the page before ended at. Rejects with StoreBusy.
   */
  async read(
    store: Store,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<{ items: Thing[]; cursor?: string }> {
    const items: Thing[] = [];
    let last = cursor;
    for await (const month of this.#monthsOf(store, cursor && monthOf(cursor))) {
      if (items.length === limit) return { items, ...(last === undefined ? {} : { cursor: last }) };
      const from = last !== undefined && monthOf(last) === month ? { cursor: last } : {};
      const page = await store.query(
        { pk: this.#partitionOf(month), limit: limit - items.length, newestFirst: true, ...from },
        this.#kind,
      );
      items.push(...page.items.flatMap(({ state }) => state[this.#field] ?? []));
      if (page.cursor !== undefined) return { items, cursor: page.cursor };
      last = page.items.at(-1)?.sk ?? last;
    }
    return { items };
  }

  #partitionOf(month: string): string {
    return `${this.#name}/${month}`;
  }

  /** The months that have any, the newest first; from `newest` on, itself included, where it is given. */
  async *#monthsOf(store: Store, newest: string | undefined): AsyncGenerator<string> {
    if (newest !== undefined) yield newest;
    for (let cursor = newest; ; ) {
      const page = await store.query(
        { pk: this.#name, limit: 12, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) },
        monthKind,
      );
      for (const { sk } of page.items) yield sk;
      cursor = page.cursor;
      if (cursor === undefined) return;
    }
  }
}
