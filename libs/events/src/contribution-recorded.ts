import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A member did something for the product. `source` and its own reference name it: recorded once, however often told. */
export const contributionRecorded = defineEvent({
  type: 'contribution.recorded',
  version: 1,
  topic: 'membership',
  subject: (data) => `contribution/${data.source}/${data.ref}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    source: z.string(),
    ref: z.string(),
    kind: z.string(),
    occurredAt: z.iso.datetime(),
    points: z.number(),
    /** What it added to the member's S: millionths, as decimal digits. */
    weight: z.string().regex(/^\d+$/),
  }),
});

export type ContributionRecorded = FactOf<typeof contributionRecorded>;
