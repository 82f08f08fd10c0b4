import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops have recognised a member by a badge. What the member has by then, `score.changed` tells, which follows. */
export const badgeAwarded = defineEvent({
  type: 'badge.awarded',
  version: 1,
  topic: 'membership',
  subject: (data) => `member/${data.memberId}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    badge: z.string(),
    by: z.string(),
    reason: z.string(),
    /** Where this award stands in the books of who gave it. */
    reference: z.string().optional(),
    awardedAt: z.iso.datetime(),
  }),
});

export type BadgeAwarded = FactOf<typeof badgeAwarded>;
