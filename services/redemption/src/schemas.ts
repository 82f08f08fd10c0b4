import { instant, z } from '@fcode/http';
import { buyerSchema } from './buyer.ts';
import { holdIdForm } from './code.ts';

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
});

export const redeemAnswer = z
  .object({
    status: z.literal('redeemed'),
    redemptionId: z.string(),
    orderId: z.string(),
    campaignId: z.string(),
    sku: z.string(),
    redeemedAt: instant,
  })
  .openapi('Redemption');
