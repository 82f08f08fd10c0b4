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
