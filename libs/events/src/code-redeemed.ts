import { appliedSchema } from '@fcode/policy';
import { z } from 'zod';
import { codeRef, codeSubject, orderRef, receiptSchema } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** The code is owned by a paid order. */
export const codeRedeemed = defineEvent({
  type: 'code.redeemed',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    /** Derived from the code and its generation: the same redemption always has the same id. */
    redemptionId: z.string(),
    order: orderRef,
    buyer: z.string(),
    sku: z.string(),
    /** The invite link by which the buyer came, as the shop told it. */
    invite: z.string().optional(),
    /** Absent when the code was redeemed in one step. */
    holdId: z.string().optional(),
    redeemedAt: z.iso.datetime(),
    /** What the code does to the price, where it does something. */
    effect: appliedSchema.optional(),
    /** The day of the campaign's time zone on which it counts, where one buyer may use so many a day. */
    day: z.iso.date().optional(),
    receipt: receiptSchema.optional(),
    /** Given by ops for a paid order that had lost its hold. */
    goodwill: z.object({ by: z.string(), reason: z.string(), holdId: z.string() }).optional(),
  }),
});

export type CodeRedeemed = FactOf<typeof codeRedeemed>;
