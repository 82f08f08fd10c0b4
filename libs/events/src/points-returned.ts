import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A purchase came to nothing: the member has the points again, to the last millionth of what they weighed. */
export const pointsReturned = defineEvent({
  type: 'points.returned',
  version: 1,
  topic: 'membership',
  subject: (data) => `purchase/${data.purchaseId}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    purchaseId: z.string(),
    campaignId: z.string(),
    points: z.number(),
    /** What it adds to the member's sum: what was taken off it. */
    weight: z.string().regex(/^\d+$/),
    /** Why there was no code. */
    reason: z.string(),
    returnedAt: z.iso.datetime(),
  }),
});

export type PointsReturned = FactOf<typeof pointsReturned>;
