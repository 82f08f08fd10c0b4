import { z } from 'zod';
import { codeRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** No code of the batch may be used any more, held or not, for good. */
export const batchRevoked = defineEvent({
  type: 'batch.revoked',
  version: 1,
  topic: 'redemption',
  subject: (data) => `batch/${data.batch}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    batch: codeRef.batch,
    by: z.string(),
    reason: z.string(),
  }),
});
export type BatchRevoked = FactOf<typeof batchRevoked>;
