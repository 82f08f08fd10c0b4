import type { Key, Request, Store } from '@fcode/dynamo';
import { addEntry, added, type Entry, kindOf } from './entry.ts';

/** What happened to one thing, by when it did: a partition, of each event an item. */

/** Whether the newest come first, or the oldest. */
export type Order = 'newest' | 'oldest';

/** Adds an entry at its place, once: nothing is read, and what stands there stays. Rejects with StoreBusy. */
export const addTo = (store: Store, request: Request, place: Key, entry: Entry): Promise<void> =>
  addEntry(store, request, { ...place, ...kindOf() }, added(entry));

/** Entries that one page looks at in search of those that are wanted. */
export const lookedAtMost = 1000;
const atOnce = 100;

/**
 * A page of a timeline. Where only some are wanted, it looks at `lookedAtMost` at most: it may be short, or empty, and have a
 * cursor all the same. `cursor`: the place that the page before ended at. Rejects with StoreBusy.
 */
export const readTimeline = async <Of extends Entry>(
  store: Store,
  pk: string,
  { limit, cursor, order }: { limit: number; cursor?: string | undefined; order: Order },
  isWanted?: (entry: Of) => boolean,
): Promise<{ items: Of[]; cursor?: string }> => {
  const items: Of[] = [];
  let [looked, last] = [0, cursor];
  for (;;) {
    const page = await store.query(
      {
        pk,
        limit: isWanted ? atOnce : limit,
        newestFirst: order === 'newest',
        ...(last === undefined ? {} : { cursor: last }),
      },
      kindOf<Of>(),
    );
    for (const { sk, state } of page.items) {
      if (items.length === limit || looked === lookedAtMost) return { items, ...(last && { cursor: last }) };
      [looked, last] = [looked + 1, sk];
      if (state.entry && (!isWanted || isWanted(state.entry))) items.push(state.entry);
    }
    if (page.cursor === undefined) return { items };
    if (items.length === limit) return { items, cursor: page.cursor };
  }
};
