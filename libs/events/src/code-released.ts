import { z } from 'zod';
import { codeRef, codeSubject, orderRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** A hold ended without a purchase: the code is free again. */
export const codeReleased = defineEvent({
  type: 'code.released',
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
    /** `released` by its order, or `expired` and then taken by another. */
    cause: z.enum(['released', 'expired']),
    reason: z.string().optional(),
    releasedAt: z.iso.datetime(),
  }),
});

export type CodeReleased = FactOf<typeof codeReleased>;
