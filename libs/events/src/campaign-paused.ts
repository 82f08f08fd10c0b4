import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Claims have stopped; checkouts stop as they hear it. Holds that exist may still be confirmed or released. */
export const campaignPaused = defineEvent({
  type: 'campaign.paused',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({ campaignId: z.string(), by: z.string(), reason: z.string() }),
});

export type CampaignPaused = FactOf<typeof campaignPaused>;
