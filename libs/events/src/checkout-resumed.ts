import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Checkouts may take codes of the campaign again. */
export const checkoutResumed = defineEvent({
  type: 'checkout.resumed',
  version: 1,
  topic: 'redemption',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    by: z.string(),
    reason: z.string(),
  }),
});
export type CheckoutResumed = FactOf<typeof checkoutResumed>;
