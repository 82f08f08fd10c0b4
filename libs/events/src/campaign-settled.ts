import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A closed campaign has given out what it has: the places that it did not give go back to the stock. */
export const campaignSettled = defineEvent({
  type: 'campaign.settled',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({ campaignId: z.string(), quota: z.int(), returned: z.int().min(0) }),
});

export type CampaignSettled = FactOf<typeof campaignSettled>;
