import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** The end, before or after the window's; it cannot be opened again. */
export const campaignClosed = defineEvent({
  type: 'campaign.closed',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({ campaignId: z.string(), by: z.string(), reason: z.string() }),
});

export type CampaignClosed = FactOf<typeof campaignClosed>;
