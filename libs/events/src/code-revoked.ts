import { z } from 'zod';
import { codeRef, codeSubject, orderRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops have taken the code out of use, for good. */
export const codeRevoked = defineEvent({
  type: 'code.revoked',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    by: z.string(),
    reason: z.string(),
    /** The hold that this ended, where there was one. */
    hold: z.object({ holdId: z.string(), order: orderRef, buyer: z.string() }).optional(),
    revokedAt: z.iso.datetime(),
  }),
});
export type CodeRevoked = FactOf<typeof codeRevoked>;
