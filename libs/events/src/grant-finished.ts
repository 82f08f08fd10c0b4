import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Every row of a grant has its result. */
export const grantFinished = defineEvent({
  type: 'grant.finished',
  version: 1,
  topic: 'issuance',
  subject: (data) => `grant/${data.grantId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    grantId: z.string(),
    campaignId: z.string(),
    batch: z.int(),
    rows: z.int(),
    granted: z.int(),
    codes: z.int(),
  }),
});

export type GrantFinished = FactOf<typeof grantFinished>;
