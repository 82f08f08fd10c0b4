import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** There is no code for points that were spent, and there will be none: they are the member's again. */
export const purchaseRefused = defineEvent({
  type: 'purchase.refused',
  version: 1,
  topic: 'issuance',
  subject: (data) => `purchase/${data.purchaseId}`,
  key: (data) => data.memberId,
  schema: z.object({
    purchaseId: z.string(),
    memberId: z.string(),
    campaignId: z.string(),
    /** A word, such as `sold_out`. */
    reason: z.string(),
  }),
});

export type PurchaseRefused = FactOf<typeof purchaseRefused>;
