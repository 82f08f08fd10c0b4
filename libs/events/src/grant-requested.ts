import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops ask for codes to be granted; nothing is given until as many others have approved as are needed. */
export const grantRequested = defineEvent({
  type: 'grant.requested',
  version: 1,
  topic: 'issuance',
  subject: (data) => `grant/${data.grantId}`,
  key: (data) => data.campaignId,
  schema: z.object({
    grantId: z.string(),
    campaignId: z.string(),
    by: z.string(),
    reason: z.string(),
    reference: z.string(),
    to: z.enum(['members', 'bearer', 'named']),
    /** The condition by which its members were found. */
    segment: z.string().optional(),
    /** How many members are named: by whoever asked, by a file, or by the segment. */
    members: z.int().optional(),
    codes: z.int(),
    /** How many others must approve. */
    approvals: z.int(),
  }),
});

export type GrantRequested = FactOf<typeof grantRequested>;
