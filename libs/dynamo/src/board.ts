import { shardOfBoard } from './item.ts';
import type { Store } from './store.ts';
import type { Ranked } from './table.ts';

/**
 * All shards of a board in one order, the highest first, page by page as somebody asks for them; with `between`, ranks of
 * [from, to) only. The index may lag behind the items, and an item that moves meanwhile may come twice or not at all.
 * Rejects with StoreBusy.
 */
export async function* fromTheTop(
  store: Pick<Store, 'table' | 'spread'>,
  { board, between }: { board?: string; between?: { from: string; to: string } } = {},
): AsyncGenerator<Ranked> {
  const { most } = await store.spread();
  const heads = await Promise.all(
    Array.from({ length: most }, async (_, shard) => {
      const rest = store.table.board(shardOfBoard(String(shard), board), between);
      return { rest, next: await rest.next() };
    }),
  );
  for (;;) {
    const first = heads.reduce<(typeof heads)[number] | undefined>((best, head) => {
      if (head.next.done) return best;
      return best && !best.next.done && BigInt(best.next.value.rank) >= BigInt(head.next.value.rank) ? best : head;
    }, undefined);
    if (!first || first.next.done) return;
    yield first.next.value;
    first.next = await first.rest.next();
  }
}
