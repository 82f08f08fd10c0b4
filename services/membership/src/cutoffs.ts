import { fromTheTop, type Store } from '@fcode/dynamo';
import type { CutoffsPublished } from '@fcode/events';
import { type Policy, placesOf } from '@fcode/policy';

const hourMs = 3_600_000;

/**
 * Computes the cut-offs as of `at` (epoch ms) from the board: counts who has a score, then reads down from the top, the
 * shards merged, to the last place of the lowest tier by share. Sums never need re-sorting, since all decay alike.
 * The board may lag by moments; so do cut-offs, by up to a day, and a tier needs no better.
 */
export const computeCutoffs = async (store: Store, policy: Policy, at: number): Promise<CutoffsPublished['data']> => {
  const { most } = await store.spread();
  const shards = Array.from({ length: most }, (_, shard) => String(shard));
  const counts = await Promise.all(shards.map((shard) => store.table.ranked(shard)));
  const scored = counts.reduce((sum, count) => sum + count, 0);
  const wanted = scored === 0 ? [] : placesOf(policy, scored);
  const cutoffs: CutoffsPublished['data']['cutoffs'] = [];
  let place = 0;
  for await (const { rank: S } of fromTheTop(store)) {
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
