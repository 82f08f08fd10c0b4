import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A value of a field in few words: numbers and short texts as they are, what is longer with its end cut off. */
const brief = z.union([z.number(), z.string()]);

/** Ops changed a draft. The definition itself stays with who keeps it until it is published. */
export const campaignEdited = defineEvent({
  type: 'campaign.edited',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    by: z.string(),
    /** As it is called from now on. */
    name: z.string(),
    /** Fields of the definition; `before` or `after` is absent where a field had, or has, no value. */
    changes: z.array(z.object({ field: z.string(), before: brief.optional(), after: brief.optional() })),
  }),
});

export type CampaignEdited = FactOf<typeof campaignEdited>;
