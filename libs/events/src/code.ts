import { z } from 'zod';

/** A batch number (20 bits) and an index within it (30 bits): what a code is, whatever its text. */
export const codeRef = {
  batch: z
    .int()
    .min(0)
    .max(2 ** 20 - 1),
  index: z
    .int()
    .min(0)
    .max(2 ** 30 - 1),
};

/** An order as its shop names it; `shop` is the checkout credential's subject, so two shops' order 1001 are two orders. */
export const orderRef = z.object({ shop: z.string(), orderId: z.string() });
export type OrderRef = z.infer<typeof orderRef>;

export const codeSubject = (code: { batch: number; index: number }): string => `code/${code.batch}.${code.index}`;

/** What a decision rested on, as `Reason` of the policy: `code` is stable, the rest are its figures. */
export const reasonSchema = z
  .object({ code: z.string() })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/** Kept with what was decided, so that whoever asks again is told the same. */
export const receiptSchema = z.object({
  /** How many terms and switches of campaigns and batches were known to who decided. */
  termsVersion: z.int(),
  reasons: z.array(reasonSchema),
});
