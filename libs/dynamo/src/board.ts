import { shardOfBoard } from './item.ts';
import type { Store } from './store.ts';
import type { Ranked } from './table.ts';

/**
 * All shards of a board in one order, the highest first, page by page as somebody asks for them; with `between`, ranks of
 * [from, to) only. Who wants no more than the first few says how many, so that pages are small. The index may lag behind the
 * items, and an item that moves meanwhile may come twice or not at all. Rejects with StoreBusy.
 */
export async function* fromTheTop(
  store: Pick<Store, 'table' | 'spread'>,
  { board, between, first }: { board?: string; between?: { from: string; to: string }; first?: number } = {},
): AsyncGenerator<Ranked> {
  const { most } = await store.spread();
  // Twice what is a shard's part, since a hash deals unevenly.
  const pageOf = first === undefined ? undefined : Math.min(1000, 10 + Math.ceil((2 * first) / most));
  const heads = await Promise.all(
    Array.from({ length: most }, async (_, shard) => {
      const rest = store.table.board(shardOfBoard(String(shard), board), between, pageOf);
      return { rest, next: await rest.next() };
    }),
  );
  for (;;) {
    const highest = heads.reduce<(typeof heads)[number] | undefined>((best, head) => {
      if (head.next.done) return best;
      return best && !best.next.done && BigInt(best.next.value.rank) >= BigInt(head.next.value.rank) ? best : head;
    }, undefined);
    if (!highest || highest.next.done) return;
    yield highest.next.value;
    highest.next = await highest.rest.next();
  }
}
