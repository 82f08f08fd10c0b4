import type { Store } from '@fcode/dynamo';
import type { CutoffsPublished } from '@fcode/events';
import { type Policy, placesOf } from '@fcode/policy';

const hourMs = 3_600_000;

/**
 * Computes the cut-offs as of `at` (epoch ms) from the board: counts who has a score, then reads down from the top, the
 * shards merged, to the last place of the lowest tier by share. Sums never need re-sorting, since all decay alike.
 * The board may lag by moments; so do cut-offs, by up to a day, and a tier needs no better.
 */
export const computeCutoffs = async (store: Store, policy: Policy, at: number): Promise<CutoffsPublished['data']> => {
  const shards = Array.from({ length: store.shards }, (_, shard) => String(shard));
  const counts = await Promise.all(shards.map((shard) => store.table.ranked(shard)));
  const scored = counts.reduce((sum, count) => sum + count, 0);
  const wanted = scored === 0 ? [] : placesOf(policy, scored);
  const cutoffs: CutoffsPublished['data']['cutoffs'] = [];
  let place = 0;
  for await (const S of fromTheTop(store, shards)) {
    place += 1;
    for (const { tier, share, places } of wanted) if (places === place) cutoffs.push({ tier, share, places, S });
    if (cutoffs.length === wanted.length) break;
  }
  return {
    policy: policy.version,
    t0: policy.t0,
    halfLifeDays: policy.halfLifeDays,
    asOf: new Date(at).toISOString(),
    until: new Date(at + policy.cutoffs.validHours * hourMs).toISOString(),
    scored,
    cutoffs,
  };
};

/** The sums of all shards in one order, the highest first. */
async function* fromTheTop({ table }: Store, shards: string[]): AsyncGenerator<string> {
  const heads = await Promise.all(
    shards.map(async (shard) => {
      const rest = table.board(shard);
      return { rest, next: await rest.next() };
    }),
  );
  for (;;) {
    const first = heads.reduce<(typeof heads)[number] | undefined>((most, head) => {
      if (head.next.done) return most;
      return most && !most.next.done && BigInt(most.next.value.rank) >= BigInt(head.next.value.rank) ? most : head;
    }, undefined);
    if (!first || first.next.done) return;
    yield first.next.value.rank;
    first.next = await first.rest.next();
  }
}
