import { instant, reasons, z } from '@fcode/http';
import { appliedSchema, moneySchema, regionSchema } from '@fcode/policy';
import { buyerSchema } from './buyer.ts';
import { holdIdForm, redemptionIdForm } from './code.ts';
import { shopperSchema } from './guesses.ts';

export const codeText = z
  .string()
  .min(1)
  .max(64)
  .openapi({ example: '1ABC-DEFG-HJKM-NPQR', description: 'As typed: case, hyphens and spaces do not matter.' });
export const orderId = z
  .string()
  .min(1)
  .max(128)
  .openapi({ description: "The order's id at the calling shop.", example: '1001' });
export const sku = z.string().min(1).max(64).openapi({ example: 'PHONE-1' });
export const holdId = z.string().max(32).regex(holdIdForm, 'A hold id as `hold` answered it.');

export const redemptionId = z
  .string()
  .max(32)
  .regex(redemptionIdForm, 'A redemption id as `confirm` or `redeem` answered it.');

/** Why a shop does it, in its words. */
export const why = z.string().min(1).max(200);

export const returnId = z
  .string()
  .min(1)
  .max(64)
  .openapi({ description: "The return's id at the calling shop.", example: 'return-1' });
export const minorUnits = z
  .int()
  .min(1)
  .max(1e12)
  .openapi({ description: 'In minor units of the currency, as cents.', example: 19900 });
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'A currency as ISO 4217 has it, such as EUR.')
  .openapi({ example: 'EUR' });

export const decision = z
  .object({
    outcome: z.literal('accepted'),
    reasons,
    termsVersion: z.int().openapi({ description: 'Which terms and switches were known when it was decided.' }),
  })
  .openapi('Decision');

export const invite = z.string().min(1).max(64).openapi({
  description:
    'The invite link by which the buyer came, for the credit of who invited. One that is not known does no harm.',
  example: 'k7m2x9q4w8ra',
});

export const takeBody = z.strictObject({
  code: codeText,
  orderId,
  sku,
  buyer: buyerSchema,
  invite: invite.optional(),
  price: moneySchema.optional().describe('What the code is used for costs, to be told what the code takes off.'),
  region: regionSchema.optional().describe('Where it is to go, for campaigns that are not for everywhere.'),
  shopper: shopperSchema.optional(),
});

export const redeemAnswer = z
  .object({
    status: z.literal('redeemed'),
    redemptionId: z.string(),
    orderId: z.string(),
    campaignId: z.string(),
    sku: z.string(),
    redeemedAt: instant,
    effect: appliedSchema,
    decision,
  })
  .openapi('Redemption');

export const holdAnswer = z
  .object({
    status: z.literal('held'),
    holdId: z.string(),
    orderId: z.string(),
    campaignId: z.string(),
    sku: z.string(),
    heldAt: instant,
    holdUntil: instant,
    effect: appliedSchema,
    decision,
  })
  .openapi('Hold');
