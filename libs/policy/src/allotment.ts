import { z } from 'zod';
import type { MemberSubject } from './condition.ts';
import { conditionOf, conditionSchema, failedIn } from './condition-schema.ts';
import type { Ladder } from './cutoffs.ts';
import type { Reason } from './decision.ts';
import type { Tier } from './policy.ts';
import { type Standing, scoreAt, tierAt } from './standing.ts';

const codes = z.int().min(0).max(100);

/** The short form, for what depends on the tier alone. A tier that is left out may claim none. */
const byTier = z.strictObject({
  angel: codes.optional(),
  core: codes.optional(),
  loyal: codes.optional(),
  fan: codes.optional(),
});

const rule = z.strictObject({
  when: conditionSchema('member').describe(
    'For whom: a condition in the Common Expression Language on member, tier, score, badges, region and at.',
  ),
  codes: codes.min(1).describe('How many codes each of them may claim in all.'),
  places: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('So many codes of the quota are reserved for this rule, and it gives no others.'),
  until: z.iso
    .datetime()
    .optional()
    .describe('The rule ends then, and places that it did not give are for everybody. Without it, they stay reserved.'),
});
export type AllotmentRule = z.infer<typeof rule>;

const rules = z
  .array(rule)
  .max(20)
  .superRefine((list, context) => {
    list.forEach(({ places, until }, at) => {
      if (until !== undefined && places === undefined)
        context.addIssue({ code: 'custom', path: [at, 'until'], message: 'Only reserved places can be given up.' });
    });
  });

/**
 * How many codes a member may claim in a campaign: as many in all as any rule gives that holds for the member, each of them from
 * the first such rule that has any left; or, in short, by the tier alone.
 */
export const allotmentRules = z.union([byTier, rules]);
export type AllotmentRules = z.infer<typeof allotmentRules>;

/** The rules that reserve places, by their position; the rest of the quota is for those that do not. */
export interface Lane {
  rule: number;
  places: number;
  /** Epoch ms; for good where there is no end. */
  until: number;
}
export const lanesOf = (allotment: AllotmentRules): Lane[] =>
  Array.isArray(allotment)
    ? allotment.flatMap(({ places, until }, rule) =>
        places === undefined
          ? []
          : [{ rule, places, until: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until) }],
      )
    : [];

/** Who is allotted codes. `region` is empty where nobody knows it. */
export interface Allottee {
  memberId: string;
  standing: Standing;
  region: string;
}

/** A rule that holds for a member; without a `lane`, it gives of what is for everybody. */
export interface Candidate {
  codes: number;
  /** Its position, from 0; absent for the short form. */
  rule?: number;
  lane?: number;
}

export interface Allotment {
  /** The most that any of the candidates gives. */
  codes: number;
  tier: Tier;
  /** By which rules, in their order. */
  candidates: Candidate[];
  /** Why this tier, and why this many, rule by rule. */
  reasons: Reason[];
}

/** What conditions on members are held against, of a tier that was decided for `at` (epoch ms). */
const subjectOf = (tier: Tier, { memberId, standing, region }: Allottee, at: number): MemberSubject => ({
  member: memberId,
  tier,
  score: scoreAt(standing, at),
  badges: standing.badges ?? [],
  region,
  at: new Date(at),
});

/** Whether a member is of a segment at `at` (epoch ms): a checked condition, held against what rules of allotments are. */
export const isOfSegment = (ladder: Ladder, segment: string, allottee: Allottee, at: number): boolean => {
  const { tier } = tierAt(ladder, allottee.standing, at);
  return conditionOf('member', segment).holds(subjectOf(tier, allottee, at));
};

/** A member's allotment at `at` (epoch ms), with its reasons: decided, shown and kept as a receipt by this one function. */
export const allotmentAt = (ladder: Ladder, allotment: AllotmentRules, allottee: Allottee, at: number): Allotment => {
  const { tier, reasons } = tierAt(ladder, allottee.standing, at);
  if (!Array.isArray(allotment)) {
    const codes = allotment[tier] ?? 0;
    const why = { code: 'allotted_by_tier', tier, codes, policy: ladder.policy.version };
    return { codes, tier, candidates: codes === 0 ? [] : [{ codes }], reasons: [...reasons, why] };
  }
  const subject = subjectOf(tier, allottee, at);
  const judged = allotment.map(({ when, codes, places, until }, rule) => {
    const parts = conditionOf('member', when).explain(subject);
    const isOver = until !== undefined && at >= Date.parse(until);
    const failed = failedIn(parts);
    const lane = places === undefined ? {} : { lane: rule };
    const reason: Reason = {
      code: isOver ? 'rule_over' : failed === '' ? 'rule_holds' : 'rule_fails',
      rule: rule + 1,
      when,
      ...(isOver ? { until } : failed === '' ? { codes } : { failed }),
    };
    return { candidate: !isOver && failed === '' ? { codes, rule, ...lane } : undefined, reason };
  });
  const candidates = judged.flatMap(({ candidate }) => candidate ?? []);
  return {
    codes: Math.max(0, ...candidates.map(({ codes }) => codes)),
    tier,
    candidates,
    reasons: [...reasons, ...judged.map(({ reason }) => reason)],
  };
};
