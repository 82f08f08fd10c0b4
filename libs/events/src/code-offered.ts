import { z } from 'zod';
import { codeRef, codeSubject } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** A fan passes the code on: whoever opens the link first may accept it, until the window ends. */
export const codeOffered = defineEvent({
  type: 'code.offered',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    transferId: z.string(),
    from: z.string(),
    offeredAt: z.iso.datetime(),
    /** When the code is the fan's again, unless it is used by then. */
    until: z.iso.datetime(),
  }),
});
export type CodeOffered = FactOf<typeof codeOffered>;
