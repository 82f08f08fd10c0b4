import type { Item, Key, Ref, Store } from '@fcode/dynamo';
import { page, z } from '@fcode/http';

/** Items that one page looks at in search of those that were asked for. */
const lookedAtMost = 1000;
const readAtOnce = 100;

/** Query of a list whose items have ids by time. */
export const ordered = page.extend({
  order: z.enum(['newest', 'oldest']).default('newest').openapi({ description: 'Which of them come first.' }),
});

/** What a page that is filtered promises, for descriptions. */
export const shortPages = (by: string): string =>
  `A page looks at ${lookedAtMost.toLocaleString('en')} at most for those that ${by} asks for: it may be short, or empty, and have a \`cursor\` all the same; there is no more when there is none.`;

/**
 * A page of a partition, of what `pick` makes something of. `isFiltered`: that it may be few of them. `cursor`: the place that
 * the page before ended at. Rejects with StoreBusy.
 */
export const pageOf = async <State, Picked>(
  store: Store,
  { pk, limit, cursor, order }: { pk: string } & z.infer<typeof ordered>,
  kind: Omit<Ref<State>, keyof Key>,
  pick: (found: Item<State> & Key) => Picked | undefined,
  { isFiltered, atMost = lookedAtMost }: { isFiltered: boolean; atMost?: number },
): Promise<{ items: Picked[]; cursor?: string }> => {
  const items: Picked[] = [];
  let [looked, last] = [0, cursor];
  const isFull = () => items.length === limit || looked === atMost;
  for (;;) {
    const found = await store.query(
      {
        pk,
        // One more than wanted tells whether there is another page.
        limit: isFiltered ? readAtOnce : limit + 1,
        newestFirst: order === 'newest',
        ...(last === undefined ? {} : { cursor: last }),
      },
      kind,
    );
    for (const one of found.items) {
      if (isFull()) return { items, ...(last === undefined ? {} : { cursor: last }) };
      const picked = pick(one);
      if (picked !== undefined) items.push(picked);
      looked += 1;
      last = one.sk;
    }
    if (found.cursor === undefined) return { items };
    last = found.cursor;
    if (isFull()) return { items, cursor: last };
  }
};
