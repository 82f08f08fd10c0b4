import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops drafted a campaign. */
export const campaignCreated = defineEvent({
  type: 'campaign.created',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    by: z.string(),
    name: z.string(),
    /** The campaign that it was made like; absent where it was made like none. */
    copiedFrom: z.string().optional(),
  }),
});

export type CampaignCreated = FactOf<typeof campaignCreated>;
