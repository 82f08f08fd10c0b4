import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws that a seed repeats; each part of a run has a stream of its own, so that none depends on another's pace. */
export interface Draws {
  /** A whole number in [from, to]. */
  whole(from: number, to: number): number;
  /** A number in [0, 1). */
  share(): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
}

/** FNV-1a: another seed for each name. */
const seedOf = (seed: number, stream: string): number =>
  [...Buffer.from(`${seed}/${stream}`)].reduce((hash, byte) => Math.imul(hash ^ byte, 16_777_619), -2_128_831_035);

export const drawsOf = (seed: number, stream: string): Draws => {
  const generator = xoroshiro128plus(seedOf(seed, stream));
  const whole = (from: number, to: number): number => uniformInt(generator, from, to);
  const share = (): number => whole(0, 2 ** 30 - 1) / 2 ** 30;
  return {
    whole,
    share,
    chance: (probability) => share() < probability,
    pick: (items) => items[whole(0, items.length - 1)] as (typeof items)[number],
    shuffled: (items) => {
      const left = [...items];
      return items.map(() => left.splice(whole(0, left.length - 1), 1)[0] as (typeof items)[number]);
    },
  };
};
