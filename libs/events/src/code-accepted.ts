import { z } from 'zod';
import { codeRef, codeSubject } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** A friend has accepted the code: nobody else may use it until the window ends. */
export const codeAccepted = defineEvent({
  type: 'code.accepted',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    transferId: z.string(),
    from: z.string(),
    to: z.string(),
    acceptedAt: z.iso.datetime(),
    until: z.iso.datetime(),
  }),
});
export type CodeAccepted = FactOf<typeof codeAccepted>;
