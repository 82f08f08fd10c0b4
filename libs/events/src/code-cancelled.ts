import { z } from 'zod';
import { codeRef, codeSubject, orderRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** The order that owned the code is cancelled: the code is free again, and its next owner is another story. */
export const codeCancelled = defineEvent({
  type: 'code.cancelled',
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
    reason: z.string().optional(),
    cancelledAt: z.iso.datetime(),
  }),
});
export type CodeCancelled = FactOf<typeof codeCancelled>;
