import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops said what they expect of a drop at its busiest, and were told what the system needs for it. */
export const campaignPrepared = defineEvent({
  type: 'campaign.prepared',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    by: z.string(),
    claimsPerSecond: z.int().min(0),
    /** A hold and its confirmation each. */
    ordersPerSecond: z.int().min(0),
  }),
});

export type CampaignPrepared = FactOf<typeof campaignPrepared>;
