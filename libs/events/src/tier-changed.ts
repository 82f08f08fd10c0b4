import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A member's tier is another than was last told. For those who tell people; who decides computes it at its own instant. */
export const tierChanged = defineEvent({
  type: 'tier.changed',
  version: 1,
  topic: 'membership',
  subject: (data) => `member/${data.memberId}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    from: z.string(),
    to: z.string(),
    at: z.iso.datetime(),
    /** What brought it about: the member's own score or pins, time, or cut-offs computed anew. */
    because: z.enum(['score', 'pins', 'decay', 'cutoffs']),
  }),
});

export type TierChanged = FactOf<typeof tierChanged>;
