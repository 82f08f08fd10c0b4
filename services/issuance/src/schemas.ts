import { z } from '@fcode/http';
import { tierSchema } from '@fcode/policy';
import { definitionSchema } from './campaign.ts';

export const campaignId = z
  .string()
  .regex(/^cmp_[0-9A-Z]{26}$/, 'A campaign id, such as cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.');
export const campaignPath = z.object({ campaignId });

/** Starts with a letter or digit, so that no spreadsheet takes an exported id for a formula. */
export const memberId = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_][\w.:@|-]*$/, "A member's id: letters, digits and . : @ | _ -")
  .openapi({ example: 'm_mia' });

export const instant = z.iso.datetime();
export const reasons = z.array(z.looseObject({ code: z.string() }));
export const reason = z.string().min(1).max(200);

export const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(256).optional(),
});

export const campaignView = definitionSchema
  .safeExtend({
    campaignId: z.string(),
    phase: z.enum(['draft', 'scheduled', 'open', 'ended', 'paused', 'closed']),
    createdAt: instant,
    batch: z.int().optional().openapi({ description: 'The batch of its claimable codes.' }),
    left: z
      .int()
      .optional()
      .openapi({ description: 'Codes of the quota that are not handed out; for ops, on one campaign.' }),
  })
  .openapi('Campaign');

export const campaignReceipt = z
  .object({ campaignId: z.string(), status: z.enum(['draft', 'published', 'paused', 'closed']) })
  .openapi('CampaignReceipt');

export const memberCode = z
  .object({
    code: z.string(),
    campaignId: z.string(),
    batch: z.int(),
    index: z.int(),
    how: z.enum(['claimed', 'granted']),
    at: instant,
    status: z.enum(['unused', 'held', 'redeemed']),
    since: instant.optional(),
    until: instant.optional(),
  })
  .openapi('MemberCode');

export const claimView = z
  .object({
    code: z.string(),
    campaignId: z.string(),
    batch: z.int(),
    index: z.int(),
    claimedAt: instant,
    receipt: z.object({ allotted: z.int(), claimed: z.int(), tier: tierSchema }),
  })
  .openapi('Claim');
