import { type Cutoff, type Ladder, reaches, thresholdAt } from './cutoffs.ts';
import type { Reason } from './decision.ts';
import type { Policy, Rung, Tier } from './policy.ts';

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
  /** Recognition by ops, without money: no score and no tier follows from it. Absent where there is none. */
  badges?: readonly string[];
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

const cutoffOf = ({ cutoffs }: Ladder, { tier }: Rung): Cutoff | undefined =>
  cutoffs?.cutoffs.find((cutoff) => cutoff.tier === tier);

/** Why a standing has a rung at `at`; undefined when it has not. */
const whyOn = (ladder: Ladder, rung: Rung, standing: Standing, at: number): Reason | undefined => {
  const { tier } = rung;
  if (standing.pins.includes(tier)) return { code: 'tier_pinned', tier };
  switch (rung.by) {
    case 'pin':
      return undefined;
    case 'all':
      return { code: 'tier_open', tier };
    case 'score': {
      const score = scoreAt(standing, at);
      return score >= rung.minScore ? { code: 'tier_by_score', tier, score, minScore: rung.minScore } : undefined;
    }
    case 'share': {
      const cutoff = cutoffOf(ladder, rung);
      if (!cutoff || !reaches(ladder, cutoff, standing.S, at)) return undefined;
      const { share, places } = cutoff;
      const minScore = thresholdAt(ladder, cutoff, at).points;
      return { code: 'tier_by_share', tier, score: scoreAt(standing, at), minScore, share, places };
    }
  }
};

/** The tier at `at` (epoch ms) and why: the highest that the standing is pinned to or reaches. */
export const tierAt = (ladder: Ladder, standing: Standing, at: number): { tier: Tier; reasons: Reason[] } => {
  for (const rung of ladder.policy.tiers) {
    const why = whyOn(ladder, rung, standing, at);
    if (why) return { tier: rung.tier, reasons: [why] };
  }
  throw new Error('the last tier of a policy must be open to all');
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
  next?: { tier: Tier; minScore: number; missing: number };
  /** Epoch ms. */
  fallsAt?: number;
}

/** At `at` (epoch ms), by the same cut-offs that decide the tier. A pinned tier does not fall. */
export const prospectsAt = (ladder: Ladder, standing: Standing, at: number): Prospects => {
  const { tier } = tierAt(ladder, standing, at);
  const { tiers } = ladder.policy;
  const place = tiers.findIndex((rung) => rung.tier === tier);
  const next = tiers
    .slice(0, place)
    .flatMap((rung) => {
      const minScore = neededAt(ladder, rung, at);
      return minScore === undefined
        ? []
        : [{ tier: rung.tier, minScore, missing: missingTo(ladder, rung, minScore, standing, at) }];
    })
    .at(-1);
  const fallsAt = standing.pins.includes(tier) ? undefined : endOf(ladder, tiers[place] as Rung, standing, at);
  return { ...(next ? { next } : {}), ...(fallsAt === undefined ? {} : { fallsAt }) };
};

/** Points that, contributed at `at`, reach the rung. Sums are whole millionths, so it may be a hair more than the difference. */
const missingTo = (ladder: Ladder, rung: Rung, minScore: number, standing: Standing, at: number): number => {
  const { policy } = ladder;
  const short = minScore - scoreAt(standing, at);
  const isEnough = (points: number) => {
    const S = String(BigInt(standing.S) + weightOf(policy, points, at));
    const { halfLifeDays } = policy;
    return whyOn(ladder, rung, { S, t0: Date.parse(policy.t0), halfLifeDays, pins: [] }, at) !== undefined;
  };
  for (let hair = 0; hair < minScore; hair = 2 * hair || minScore * Number.EPSILON) {
    if (isEnough(short + hair)) return short + hair;
  }
  return short;
};

/** Points that a rung needs at `at`; undefined when no score reaches it. */
const neededAt = (ladder: Ladder, rung: Rung, at: number): number | undefined => {
  if (rung.by === 'score') return rung.minScore;
  const cutoff = rung.by === 'share' ? cutoffOf(ladder, rung) : undefined;
  return cutoff && thresholdAt(ladder, cutoff, at).points;
};

/** When a rung that is reached by score is lost, in epoch ms; undefined for one that is never lost. */
const endOf = (ladder: Ladder, rung: Rung, standing: Standing, at: number): number | undefined => {
  const halfLifeMs = standing.halfLifeDays * dayMs;
  // score(t) = minScore, solved for t.
  if (rung.by === 'score') return at + Math.log2(scoreAt(standing, at) / rung.minScore) * halfLifeMs;
  const cutoff = rung.by === 'share' ? cutoffOf(ladder, rung) : undefined;
  if (!ladder.cutoffs || !cutoff) return undefined;
  // S = cut-off · 2^((t − until) / halfLife), solved for t.
  return ladder.cutoffs.until + Math.log2(Number(standing.S) / Number(cutoff.S)) * halfLifeMs;
};
