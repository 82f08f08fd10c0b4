import { z } from 'zod';
import { codeRef, codeSubject } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';

/** Somebody tried a code that nobody was given: a file of its batch is in wrong hands. Tells what is known of who it was. */
export const canaryTouched = defineEvent({
  type: 'canary.touched',
  version: 1,
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
  schema: z.object({
    ...codeRef,
    campaignId: z.string(),
    /** What was asked: `check`, `hold`, `redeem`. */
    verb: z.string(),
    shop: z.string(),
    orderId: z.string().optional(),
    /** As redemption names buyers. */
    buyer: z.string().optional(),
    /** Keyed hashes of what the shop told of the shopper. */
    shopper: z.string().optional(),
    network: z.string().optional(),
    touchedAt: z.iso.datetime(),
  }),
});
export type CanaryTouched = FactOf<typeof canaryTouched>;
