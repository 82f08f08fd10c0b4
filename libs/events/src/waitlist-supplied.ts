import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops have given places that were for everybody to those who wait. */
export const waitlistSupplied = defineEvent({
  type: 'waitlist.supplied',
  version: 1,
  topic: 'issuance',
  subject: (data) => `campaign/${data.campaignId}`,
  key: (data) => data.campaignId,
  schema: z.object({ campaignId: z.string(), by: z.string(), reason: z.string(), places: z.int().min(1) }),
});

export type WaitlistSupplied = FactOf<typeof waitlistSupplied>;
