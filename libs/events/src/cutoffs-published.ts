import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Who is above which sum has which tier by share of the community, from now on. A listener decides tiers by it. */
export const cutoffsPublished = defineEvent({
  type: 'cutoffs.published',
  version: 1,
  topic: 'membership',
  subject: () => 'cutoffs',
  key: () => 'cutoffs',
  schema: z.object({
    /** The policy's version, scale and half-life: the cut-offs are for sums of these. */
    policy: z.int(),
    t0: z.iso.datetime(),
    halfLifeDays: z.number(),
    asOf: z.iso.datetime(),
    /** Until then cut-offs move with the scores; after that they stand still in points. */
    until: z.iso.datetime(),
    /** Members that have a score. */
    scored: z.int(),
    cutoffs: z.array(
      z.object({
        tier: z.enum(['angel', 'core', 'loyal', 'fan']),
        share: z.number(),
        places: z.int(),
        /** In millionths, as decimal digits. */
        S: z.string().regex(/^\d+$/),
      }),
    ),
  }),
});

export type CutoffsPublished = FactOf<typeof cutoffsPublished>;
