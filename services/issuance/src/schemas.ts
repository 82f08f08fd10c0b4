import { instant, reasons, z } from '@fcode/http';
import { tierSchema } from '@fcode/policy';
import { definitionSchema, phases } from './campaign.ts';
import { stops } from './code-status.ts';

export const campaignId = z
  .string()
  .regex(/^cmp_[0-9A-Z]{26}$/, 'A campaign id, such as cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.');
export const campaignPath = z.object({ campaignId });

export const campaignView = definitionSchema
  .safeExtend({
    campaignId: z.string(),
    phase: z.enum(phases),
    createdAt: instant,
    batch: z.int().optional().openapi({ description: 'The batch of its claimable codes.' }),
    left: z
      .int()
      .optional()
      .openapi({ description: 'Codes of the quota that are not handed out; for ops, on one campaign.' }),
    returned: z
      .int()
      .optional()
      .openapi({ description: 'Once it is closed: places that nobody was given, which are the stock’s again.' }),
  })
  .openapi('Campaign');

export const campaignReceipt = z
  .object({ campaignId: z.string(), status: z.enum(['draft', 'published', 'paused', 'closed']) })
  .openapi('CampaignReceipt');

const claimDecision = z
  .object({
    outcome: z.literal('accepted'),
    reasons: reasons.openapi({
      description: 'The tier and why, how many codes it may have here, and how many were claimed before.',
    }),
    termsVersion: z.int().openapi({
      description:
        'Which terms and switches of the campaign were known: it grows each time that the campaign is published, paused, resumed or closed. 0 where it was not kept yet.',
    }),
  })
  .openapi('ClaimDecision');

export const memberCode = z
  .object({
    code: z.string(),
    campaignId: z.string(),
    batch: z.int(),
    index: z.int(),
    how: z.enum(['claimed', 'granted', 'bought']),
    at: instant,
    status: z.enum(['unused', 'held', 'redeemed', 'revoked']).openapi({
      description: '`unused` again after a release or when its order was cancelled; `revoked`: out of use for good.',
    }),
    stopped: z.enum(stops).optional().openapi({
      description: 'Why no order can take the code now; where its `status` is `revoked`, none ever can.',
    }),
    since: instant.optional(),
    until: instant.optional(),
    // What is granted, ops decide; what is bought, its price.
    decision: claimDecision.optional(),
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
    decision: claimDecision,
  })
  .openapi('Claim');
