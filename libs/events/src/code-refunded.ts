import { z } from 'zod';
import { codeRef, codeSubject, orderRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** Lines of the order that owns the code came back. The code stays used; what its purchase earned is taken back in proportion. */
export const codeRefunded = defineEvent({
  type: 'code.refunded',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    redemptionId: z.string(),
    order: orderRef,
    buyer: z.string(),
    /** The return that this is about, as the shop names it. */
    returnId: z.string(),
    /** In minor units of the currency: all that was given back so far, and all that was paid. */
    refunded: z.int().min(0),
    paid: z.int().min(1),
    currency: z.string(),
    refundedAt: z.iso.datetime(),
  }),
});
export type CodeRefunded = FactOf<typeof codeRefunded>;
