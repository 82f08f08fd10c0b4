import { z } from 'zod';
import { approvalsSchema } from './approvals.ts';
import document from './policy.json' with { type: 'json' };

/** From the closest to the widest circle. */
export const tierNames = ['angel', 'core', 'loyal', 'fan'] as const;
export const tierSchema = z.enum(tierNames);
export type Tier = z.infer<typeof tierSchema>;

/**
 * How a tier is reached, besides by a pin, which reaches any: `pin` by nothing else; `score` from so many points on;
 * `share` from the published cut-off on, below which ends the given part of all scored members, counted from the end of
 * the tier above it; `all` by everybody.
 */
const rungSchema = z.discriminatedUnion('by', [
  z.strictObject({ tier: tierSchema, by: z.literal('pin') }),
  z.strictObject({ tier: tierSchema, by: z.literal('score'), minScore: z.number().positive() }),
  z.strictObject({ tier: tierSchema, by: z.literal('share'), share: z.number().min(0.000001).lt(1) }),
  z.strictObject({ tier: tierSchema, by: z.literal('all') }),
]);
export type Rung = z.infer<typeof rungSchema>;

/** What its own service records, and no source may claim to. */
export const reservedKinds = ['referral', 'reversal', 'purchase'] as const;

/** The versioned document that answers *how much*; `*.rule.ts` answers *may it, now*. */
export const policySchema = z
  .strictObject({
    version: z.int().min(1),
    /** Days in which a contribution's weight halves. */
    halfLifeDays: z.number().positive(),
    /** The instant at which a weight is its points: the fixed scale of all sums. */
    t0: z.iso.datetime(),
    /** Points by kind of contribution. A kind that is not here is refused. */
    points: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), z.number().positive().max(10_000)),
    /** Highest first. The last one is open to all. */
    tiers: z.array(rungSchema).min(1),
    cutoffs: z.strictObject({
      /** The hour of the day (UTC) at which cut-offs by share are computed anew. */
      hourUtc: z.int().min(0).max(23),
      /** For how long they move with the scores; after that they stand still, and who decays below them falls. */
      validHours: z
        .int()
        .min(24)
        .max(24 * 365),
    }),
    rewards: z.strictObject({
      referral: z.strictObject({
        /** What the referrer's reward counts as a contribution. */
        points: z.number().positive().max(10_000),
        /** How long after the purchase a reward is pending; 0 vests at once. */
        vestsAfterHours: z
          .int()
          .min(0)
          .max(24 * 365),
        /** For how long after an invite link was opened the checkout is told of it. */
        attributionDays: z.int().min(1).max(400),
      }),
    }),
    /** Who else must agree to a grant. Absent: as `approvalsFor` has it. */
    grants: z.strictObject({ approvals: approvalsSchema }).optional(),
    /** What points buy. Absent: nothing is for sale. */
    prices: z
      .strictObject({
        /** Points, as they count now, for one code of any campaign that has one left. */
        code: z.number().positive().max(10_000),
      })
      .optional(),
  })
  .superRefine(({ tiers, points }, context) => {
    const refuse = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    if (tiers.at(-1)?.by !== 'all') refuse('the last tier must be open to all', 'tiers');
    if (tiers.slice(0, -1).some(({ by }) => by === 'all'))
      refuse('a tier that is open to all hides those below it', 'tiers');
    if (new Set(tiers.map(({ tier }) => tier)).size < tiers.length) refuse('a tier stands here twice', 'tiers');
    const scores = tiers.flatMap((rung) => (rung.by === 'score' ? [rung.minScore] : []));
    if (scores.some((score, place) => place > 0 && score >= (scores[place - 1] as number))) {
      refuse('a higher tier needs the higher score', 'tiers');
    }
    const shares = tiers.reduce((sum, rung) => (rung.by === 'share' ? sum + rung.share : sum), 0);
    // Parts such as 0.33, 0.56 and 0.11 add up to a hair above the whole.
    if (Number(shares.toFixed(6)) > 1) refuse('the shares are more than the whole', 'tiers');
    for (const kind of reservedKinds) if (Object.hasOwn(points, kind)) refuse('a reserved kind', 'points', kind);
  });
export type Policy = z.infer<typeof policySchema>;

/** The policy in force: `policy.json`, checked. */
export const defaultPolicy: Policy = policySchema.parse(document);
