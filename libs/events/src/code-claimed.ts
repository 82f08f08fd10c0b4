import { z } from 'zod';
import { codeRef, codeSubject, receiptSchema } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/**
 * A member has the code: taken from the allotment, granted by ops, or bought with points. A release of before knows no `bought`,
 * and makes a dead letter of it, which is replayed after its upgrade. So prices come to the policy one release later than this
 * does: until a policy has some, nobody buys.
 */
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
    how: z.enum(['claimed', 'granted', 'bought']),
    /** What it was bought by; absent where it was not. */
    purchaseId: z.string().optional(),
    /** What the decision rested on: the allotment and the tier at that instant. Only for a claim. */
    receipt: z
      .object({ allotted: z.int(), claimed: z.int(), tier: z.string(), ...receiptSchema.partial().shape })
      .optional(),
  }),
});

export type CodeClaimed = FactOf<typeof codeClaimed>;
