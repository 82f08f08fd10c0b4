import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A paused campaign goes on. */
export const campaignResumed = defineEvent({
  type: 'campaign.resumed',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({ campaignId: z.string(), by: z.string(), reason: z.string() }),
});

export type CampaignResumed = FactOf<typeof campaignResumed>;
