import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** No checkout may take codes of the campaign until it is resumed. Holds that exist may still be paid. */
export const checkoutPaused = defineEvent({
  type: 'checkout.paused',
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
export type CheckoutPaused = FactOf<typeof checkoutPaused>;
