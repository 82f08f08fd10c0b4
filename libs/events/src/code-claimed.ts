import { z } from 'zod';
import { codeRef, codeSubject, receiptSchema } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** A member has the code: taken from the allotment, or granted by ops. */
export const codeClaimed = defineEvent({
  type: 'code.claimed',
  version: 1,
  topic: 'issuance',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    memberId: z.string(),
    how: z.enum(['claimed', 'granted']),
    /** What the decision rested on: the allotment and the tier at that instant. Absent for a grant. */
    receipt: z
      .object({ allotted: z.int(), claimed: z.int(), tier: z.string(), ...receiptSchema.partial().shape })
      .optional(),
  }),
});

export type CodeClaimed = FactOf<typeof codeClaimed>;
