import type { Policy, Tier } from './policy.ts';
import { type Standing, scoreAt } from './standing.ts';

/** A cut-off of a tier by share: the sum that the last of its places had. */
export interface Cutoff {
  tier: Tier;
  /** The part of all scored members, and how many places it came to, with those of the tiers above by share. */
  share: number;
  places: number;
  /** On the scale of sums (millionths, decimal digits): who has this much is in, also when several have. */
  S: string;
}

/** Cut-offs as they were published; times in epoch ms. They are for sums of this `t0` and half-life. */
export interface Cutoffs {
  asOf: number;
  /**
   * Until then they move with the scores, since sums are compared: nobody falls because time passes for all. After that
   * they stand still in points, so that tiers end by themselves where nothing is computed any more.
   */
  until: number;
  scored: number;
  cutoffs: readonly Cutoff[];
}

/** A policy with its cut-offs in force (none before the first computation): all that decides a tier. */
export interface Ladder {
  policy: Policy;
  cutoffs?: Cutoffs | undefined;
}

/** Cut-offs as an event tells them (instants as text), as rules use them. */
export const cutoffsInForce = (told: Omit<Cutoffs, 'asOf' | 'until'> & { asOf: string; until: string }): Cutoffs => ({
  ...told,
  asOf: Date.parse(told.asOf),
  until: Date.parse(told.until),
});

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How many places the tiers by share have together, from the highest down to each, among `scored` members: rounded up. */
export const placesOf = (policy: Policy, scored: number): { tier: Tier; share: number; places: number }[] => {
  let share = 0;
  return policy.tiers.flatMap((rung) => {
    if (rung.by !== 'share') return [];
    share += rung.share;
    // A product such as 0.014 × 500 is a hair above 7: six digits are more than any share has.
    return [{ tier: rung.tier, share: rung.share, places: Math.ceil(Number((share * scored).toFixed(6))) }];
  });
};

/** The next set hour after `at`, both in epoch ms. */
export const nextCutoffsAt = ({ cutoffs: { hourUtc } }: Policy, at: number): number => {
  const today = Math.floor(at / dayMs) * dayMs + hourUtc * hourMs;
  return today > at ? today : today + dayMs;
};

/** What a sum of the cut-off's scale must reach at `at` (epoch ms): in millionths, and what that is in points then. */
export const thresholdAt = (ladder: Ladder, cutoff: Cutoff, at: number): { S: number; points: number } => {
  const { until } = ladder.cutoffs as Cutoffs;
  const { halfLifeDays, t0 } = ladder.policy;
  const S = Number(cutoff.S) * 2 ** (Math.max(0, at - until) / (halfLifeDays * dayMs));
  const scale: Standing = { S: String(S), t0: Date.parse(t0), halfLifeDays, pins: [] };
  return { S, points: scoreAt(scale, at) };
};

/** Whether a sum reaches the cut-off at `at`: whole numbers while the cut-off moves with them, so equals are equal. */
export const reaches = (ladder: Ladder, cutoff: Cutoff, S: string, at: number): boolean =>
  at <= (ladder.cutoffs as Cutoffs).until
    ? BigInt(S) >= BigInt(cutoff.S)
    : Number(S) >= thresholdAt(ladder, cutoff, at).S;
