import { z } from 'zod';
import { codeRef, codeSubject, orderRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** The hold lasts longer, once, since its payment is pending. */
export const codeHoldExtended = defineEvent({
  type: 'code.hold_extended',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    order: orderRef,
    buyer: z.string(),
    holdId: z.string(),
    holdUntil: z.iso.datetime(),
    extendedAt: z.iso.datetime(),
  }),
});
export type CodeHoldExtended = FactOf<typeof codeHoldExtended>;
