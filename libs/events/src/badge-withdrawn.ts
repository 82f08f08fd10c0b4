import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops have taken a badge back. What the member has by then, `score.changed` tells, which follows. */
export const badgeWithdrawn = defineEvent({
  type: 'badge.withdrawn',
  version: 1,
  topic: 'membership',
  subject: (data) => `member/${data.memberId}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    badge: z.string(),
    by: z.string(),
    reason: z.string(),
    /** Where this withdrawal stands in the books of who did it. */
    reference: z.string().optional(),
    withdrawnAt: z.iso.datetime(),
  }),
});

export type BadgeWithdrawn = FactOf<typeof badgeWithdrawn>;
