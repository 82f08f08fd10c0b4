import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Nothing of the campaign may be bought with a code any more, held or not, for good. */
export const checkoutKilled = defineEvent({
  type: 'checkout.killed',
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
export type CheckoutKilled = FactOf<typeof checkoutKilled>;
