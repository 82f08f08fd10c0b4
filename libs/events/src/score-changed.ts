import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A member's standing, as numbers that stay true: a listener computes score and tier at its own instant. */
export const scoreChanged = defineEvent({
  type: 'score.changed',
  version: 1,
  topic: 'membership',
  subject: (data) => `member/${data.memberId}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    /**
     * Sum of weights, points · 2^((t − t0) / halfLife), in millionths, as decimal digits; divided by
     * 2^((now − t0) / halfLife) it is the score now.
     */
    S: z.string().regex(/^\d+$/),
    t0: z.iso.datetime(),
    halfLifeDays: z.number(),
    /** Tiers given by ops, whatever the score. */
    pins: z.array(z.string()),
    /** What ops have recognised the member by, in the order of the alphabet; absent where there is none. */
    badges: z.array(z.string()).optional(),
    /**
     * Contributions that were taken back after what they earned had been spent: what comes next pays them first. Millionths, as
     * S, which is 0 meanwhile; absent where there are none.
     */
    owed: z.string().regex(/^\d+$/).optional(),
    /** When the tier falls if nothing more is contributed. */
    fallsAt: z.iso.datetime().optional(),
  }),
});

export type ScoreChanged = FactOf<typeof scoreChanged>;
