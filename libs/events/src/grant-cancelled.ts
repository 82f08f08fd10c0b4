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
    /** Of a grant to members: the condition that found them, and how many they are. */
    segment: z.string().optional(),
    members: z.int().optional(),
    reason: z.string(),
  }),
});

export type GrantCancelled = FactOf<typeof grantCancelled>;
