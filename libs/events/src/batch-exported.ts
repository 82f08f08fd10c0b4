import { z } from 'zod';
import { codeRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops took codes of a batch out of the system as text. */
export const batchExported = defineEvent({
  type: 'batch.exported',
  version: 1,
  topic: 'issuance',
  subject: (data) => `batch/${data.batch}`,
  key: (data) => data.campaignId,
  schema: z.object({
    campaignId: z.string(),
    by: z.string(),
    batch: codeRef.batch,
    /** All of them, or those that nobody must be given; absent where an older release told it. */
    what: z.enum(['codes', 'canaries']).optional(),
  }),
});

export type BatchExported = FactOf<typeof batchExported>;
