import { z } from 'zod';
import { codeRef, codeSubject, orderRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** A paid order came to confirm a hold that it no longer has: ops must make it good. */
export const codeHoldLost = defineEvent({
  type: 'code.hold_lost',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    order: orderRef,
    holdId: z.string(),
    /** Why the payment came too late. */
    cause: z.enum(['released', 'expired', 'revoked', 'buyer_limit', 'order_limit', 'name_limit', 'day_limit']),
    lostAt: z.iso.datetime(),
  }),
});

export type CodeHoldLost = FactOf<typeof codeHoldLost>;
