import { z } from 'zod';
import { codeRef, codeSubject } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** The fan has taken the offer back before anybody accepted it. */
export const codeWithdrawn = defineEvent({
  type: 'code.withdrawn',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    transferId: z.string(),
    from: z.string(),
    withdrawnAt: z.iso.datetime(),
  }),
});
export type CodeWithdrawn = FactOf<typeof codeWithdrawn>;
