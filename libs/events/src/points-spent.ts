import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A member has spent points on a code of a campaign. Whether there is one to be had, issuance says: it answers each, once. */
export const pointsSpent = defineEvent({
  type: 'points.spent',
  version: 1,
  topic: 'membership',
  subject: (data) => `purchase/${data.purchaseId}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    purchaseId: z.string(),
    campaignId: z.string(),
    /** The price, in points as they counted at that instant. */
    points: z.number(),
    spentAt: z.iso.datetime(),
    /** What it takes off the member's sum: millionths, as decimal digits. */
    weight: z.string().regex(/^\d+$/),
    /** Where the member lives, as the identity provider says; absent where it does not. */
    region: z.string().optional(),
  }),
});

export type PointsSpent = FactOf<typeof pointsSpent>;
