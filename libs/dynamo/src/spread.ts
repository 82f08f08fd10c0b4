import { accept, again, type Decision } from '@fcode/policy';
import type { Ref } from './item.ts';

/**
 * Over how many shards the indexes of a table are spread: at the fewest and at the most, by all who ever wrote there. Both are
 * powers of two, so that an item that moves when their count changes stays on a shard of the same remainder modulo `fewest`.
 */
export interface Spread {
  fewest: number;
  most: number;
}

/** Where a table says nothing: before it was a setting, everybody spread over so many. */
export const spreadAtFirst: Spread = { fewest: 16, most: 16 };
const shardsAtMost = 256;

/** A power of two from 1 to 256: what a process may spread over. */
export const isShardCount = (count: number): boolean =>
  Number.isInteger(count) && count >= 1 && count <= shardsAtMost && (count & (count - 1)) === 0;

export const spreadRef: Ref<Spread> = {
  pk: 'settings',
  sk: 'shards',
  initial: spreadAtFirst,
  evolve: (_, fact) => fact.data as Spread,
};

/** Of `count` shards, as many as those who read the table know to look at. */
export const within = ({ fewest, most }: Spread, count: number): number => Math.min(most, Math.max(fewest, count));

/** The spread never shrinks: what stands on a shard stays there until its item is written again, which may be never. */
export const widen = (count: number, { fewest, most }: Spread): Decision<Spread, never> => {
  const wider = { fewest: Math.min(fewest, count), most: Math.max(most, count) };
  if (wider.fewest === fewest && wider.most === most) return again(wider);
  return accept([{ type: 'spread.widened', data: wider }], wider);
};
