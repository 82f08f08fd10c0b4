import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A contribution is taken back, by the source that told it. Told before the contribution itself, it weighs nothing yet. */
export const contributionReversed = defineEvent({
  type: 'contribution.reversed',
  version: 1,
  topic: 'membership',
  subject: (data) => `contribution/${data.source}/${data.ref}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    source: z.string(),
    ref: z.string(),
    /** Absent while the contribution is not known. */
    kind: z.string().optional(),
    reversedAt: z.iso.datetime(),
    /** What it takes off the member's S: millionths, as decimal digits. */
    weight: z.string().regex(/^\d+$/),
  }),
});

export type ContributionReversed = FactOf<typeof contributionReversed>;
