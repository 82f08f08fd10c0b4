import type { CodeMint } from '@fcode/codes';
import { instant, reasons, z } from '@fcode/http';
import { type Tier, tierSchema } from '@fcode/policy';
import { definitionSchema, phases } from './campaign.ts';
import type { ClaimReceipt } from './claim.rule.ts';
import { stops } from './code-status.ts';

export const campaignId = z
  .string()
  .regex(/^cmp_[0-9A-Z]{26}$/, 'A campaign id, such as cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.');
export const campaignPath = z.object({ campaignId });

/** Of a granted batch. */
export const exported = z
  .object({ by: z.string(), at: instant })
  .openapi({ description: 'Who took its codes out as a file, the last time; the audit log has each time.' });

/** Of a draft's definition. */
export const revision = z.int().openapi({
  description: 'Which text of the definition it is, from 1: it grows each time that the draft is edited.',
});
/** What `ETag` and `If-Match` say of a campaign: its revision, in quotes. */
export const etagForm = /^"[1-9]\d{0,8}"$/;
export const etagOf = (revision: number): string => `"${revision}"`;
export const revisionIn = (etag: string): number => Number(etag.slice(1, -1));

export const campaignView = definitionSchema
  .safeExtend({
    campaignId: z.string(),
    phase: z.enum(phases),
    createdAt: instant,
    revision,
    batch: z.int().optional().openapi({ description: 'The batch of its claimable codes.' }),
    left: z
      .int()
      .optional()
      .openapi({ description: 'Codes of the quota that are not handed out; for ops, on one campaign.' }),
    reserved: z
      .array(z.object({ rule: z.int().openapi({ description: 'Its place in `allotment`, from 1.' }), left: z.int() }))
      .optional()
      .openapi({ description: 'Of `left`, what rules with `places` reserve; for ops, on one campaign.' }),
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

export const claimViewOf = (
  mint: Pick<CodeMint, 'mint'>,
  { campaignId, batch, index, keyVersion, claimedAt, allotted, claimed, tier, decision }: ClaimReceipt,
) => ({
  code: mint.mint({ batch, index }, keyVersion),
  campaignId,
  batch,
  index,
  claimedAt,
  receipt: { allotted, claimed, tier: tier as Tier },
  decision,
});
