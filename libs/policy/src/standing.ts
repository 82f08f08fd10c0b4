import type { Reason } from './decision.ts';
import type { Policy, Tier } from './policy.ts';

/** A member's place in the community as numbers that stay true (see `score.changed`); times in epoch milliseconds. */
export interface Standing {
  /**
   * Sum of weights, points · 2^((t − t0) / halfLife), as a whole number of millionths in decimal digits: integers add up
   * to the same in whatever order contributions arrive, and never outgrow their type.
   */
  S: string;
  t0: number;
  halfLifeDays: number;
  pins: readonly string[];
}

/** Where everybody starts, and what a member of whom nothing was heard has. */
export const newcomer: Standing = { S: '0', t0: 0, halfLifeDays: 180, pins: [] };

const dayMs = 86_400_000;

/** One point at t0, in the unit of weights. */
export const weightUnit = 1_000_000;

/**
 * Score in points at `at` (epoch ms), by forward decay: score = S · 2^(−(at − t0) / halfLife).
 * Source: Cormode, Shkapenyuk, Srivastava, Xu: Forward Decay, ICDE 2009.
 */
export const scoreAt = (standing: Standing, at: number): number =>
  (Number(standing.S) / weightUnit) * 2 ** (-(at - standing.t0) / (standing.halfLifeDays * dayMs));

/** The tier at `at` and why: the highest pin, else the highest cut-off that the score reaches. */
export const tierAt = (policy: Policy, standing: Standing, at: number): { tier: Tier; reasons: Reason[] } => {
  const score = scoreAt(standing, at);
  for (const { tier, minScore } of policy.tiers) {
    if (standing.pins.includes(tier)) return { tier, reasons: [{ code: 'tier_pinned', tier }] };
    if (minScore !== undefined && score >= minScore) {
      return { tier, reasons: [{ code: 'tier_by_score', tier, score, minScore }] };
    }
  }
  throw new Error('the last tier of a policy must be open to all (minScore 0)');
};

/**
 * What a contribution of `points` at `at` (epoch ms) adds to S, in millionths: points · 2^((at − t0) / halfLife), rounded
 * once, so that whoever adds it adds the same.
 */
export const weightOf = (policy: Policy, points: number, at: number): bigint => {
  const halfLives = (at - Date.parse(policy.t0)) / (policy.halfLifeDays * dayMs);
  return BigInt(Math.round(points * 2 ** halfLives * weightUnit));
};

/** What lies ahead of a member: how many points the next tier needs now, and when the tier falls if nothing is added. */
export interface Prospects {
  next?: { tier: Tier; missing: number };
  /** Epoch ms. */
  fallsAt?: number;
}

/** At `at` (epoch ms), by the same cut-offs that decide the tier. A pinned tier does not fall. */
export const prospectsAt = (policy: Policy, standing: Standing, at: number): Prospects => {
  const { tier } = tierAt(policy, standing, at);
  const score = scoreAt(standing, at);
  const place = policy.tiers.findIndex((rung) => rung.tier === tier);
  const above = policy.tiers.slice(0, place).findLast(({ minScore }) => minScore !== undefined);
  const minScore = policy.tiers[place]?.minScore;
  const falls = minScore !== undefined && minScore > 0 && !standing.pins.includes(tier);
  return {
    ...(above?.minScore === undefined ? {} : { next: { tier: above.tier, missing: above.minScore - score } }),
    // S · 2^(−t / halfLife) = cut-off, solved for t.
    ...(falls ? { fallsAt: at + Math.log2(score / minScore) * standing.halfLifeDays * dayMs } : {}),
  };
};
