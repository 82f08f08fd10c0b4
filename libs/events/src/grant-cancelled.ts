import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A grant will not be made. */
export const grantCancelled = defineEvent({
  type: 'grant.cancelled',
  version: 1,
  topic: 'issuance',
  subject: (data) => `grant/${data.grantId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    grantId: z.string(),
    campaignId: z.string(),
    by: z.string(),
    reason: z.string(),
  }),
});

export type GrantCancelled = FactOf<typeof grantCancelled>;
