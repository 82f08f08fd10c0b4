import { z } from 'zod';

/** From the closest to the widest circle. */
export const tierNames = ['angel', 'core', 'loyal', 'fan'] as const;
export const tierSchema = z.enum(tierNames);
export type Tier = z.infer<typeof tierSchema>;

/** The versioned document that answers *how much*; `*.rule.ts` answers *may it, now*. */
export const policySchema = z.strictObject({
  version: z.int().min(1),
  /** Days in which a contribution's weight halves. */
  halfLifeDays: z.number().positive(),
  /** The instant at which a weight is its points: the fixed scale of all sums. */
  t0: z.iso.datetime(),
  /** Points by kind of contribution. A kind that is not here is refused. */
  points: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), z.number().positive().max(10_000)),
  /** Highest first. Without `minScore` a tier is reached by a pin only; the last one is open to all. */
  tiers: z
    .array(z.strictObject({ tier: tierSchema, minScore: z.number().min(0).optional() }))
    .min(1)
    .refine((tiers) => tiers.at(-1)?.minScore === 0, 'the last tier must be open to all (minScore 0)'),
});
export type Policy = z.infer<typeof policySchema>;

export const defaultPolicy: Policy = policySchema.parse({
  version: 1,
  halfLifeDays: 180,
  t0: '2020-01-01T00:00:00.000Z',
  points: {
    feat: 10,
    fix: 8,
    perf: 8,
    docs: 6,
    test: 5,
    refactor: 5,
    review: 4,
    answer: 3,
    translation: 6,
    build: 2,
    ci: 2,
    chore: 1,
    other: 1,
  },
  tiers: [
    { tier: 'angel' },
    { tier: 'core', minScore: 100 },
    { tier: 'loyal', minScore: 20 },
    { tier: 'fan', minScore: 0 },
  ],
});
