import { z } from 'zod';
import { codeRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** Scheduled, open and ended follow from the window: no further event says so. */
export const campaignPublished = defineEvent({
  type: 'campaign.published',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    by: z.string(),
    name: z.string(),
    quota: z.int(),
    /** The batch that its claimable codes come from. */
    batch: codeRef.batch,
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
  }),
});

export type CampaignPublished = FactOf<typeof campaignPublished>;
