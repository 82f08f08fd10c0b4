import { appliedSchema } from '@fcode/policy';
import { z } from 'zod';
import { codeRef, codeSubject, orderRef, receiptSchema } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** The code is set aside for an unpaid order until `holdUntil`. */
export const codeHeld = defineEvent({
  type: 'code.held',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    order: orderRef,
    buyer: z.string(),
    sku: z.string(),
    /** The invite link by which the buyer came, as the shop told it. */
    invite: z.string().optional(),
    holdId: z.string(),
    heldAt: z.iso.datetime(),
    holdUntil: z.iso.datetime(),
    /** What the code does to the price, where it does something. */
    effect: appliedSchema.optional(),
    /** The day of the campaign's time zone on which it counts, where one buyer may use so many a day. */
    day: z.iso.date().optional(),
    receipt: receiptSchema.optional(),
  }),
});

export type CodeHeld = FactOf<typeof codeHeld>;
