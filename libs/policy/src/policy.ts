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
  tiers: [
    { tier: 'angel' },
    { tier: 'core', minScore: 100 },
    { tier: 'loyal', minScore: 20 },
    { tier: 'fan', minScore: 0 },
  ],
});
