import { z } from 'zod';
import type { Ladder } from './cutoffs.ts';
import type { Reason } from './decision.ts';
import type { Tier } from './policy.ts';
import { type Standing, tierAt } from './standing.ts';

const codes = z.int().min(0).max(100);

/** How many codes a member of each tier may claim in a campaign. A tier that is left out may claim none. */
export const allotmentRules = z.strictObject({
  angel: codes.optional(),
  core: codes.optional(),
  loyal: codes.optional(),
  fan: codes.optional(),
});
export type AllotmentRules = z.infer<typeof allotmentRules>;

export interface Allotment {
  codes: number;
  tier: Tier;
  /** Why this tier, and why this many. */
  reasons: Reason[];
}

/** A member's allotment at `at` (epoch ms), with its reasons: decided, shown and kept as a receipt by this one function. */
export const allotmentAt = (ladder: Ladder, rules: AllotmentRules, standing: Standing, at: number): Allotment => {
  const { tier, reasons } = tierAt(ladder, standing, at);
  const codes = rules[tier] ?? 0;
  const { version } = ladder.policy;
  return { codes, tier, reasons: [...reasons, { code: 'allotted_by_tier', tier, codes, policy: version }] };
};
