import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Somebody else than who asked has approved a grant; with the last one that is needed, its batch exists. */
export const grantApproved = defineEvent({
  type: 'grant.approved',
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
    /** Absent while more approvals are needed. */
    batch: z.int().optional(),
  }),
});

export type GrantApproved = FactOf<typeof grantApproved>;
