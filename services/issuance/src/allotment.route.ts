import {
  type App,
  createRoute,
  jsonAnswer,
  memberId,
  only,
  Problem,
  problems,
  reasons,
  requestOf,
  z,
} from '@fcode/http';
import { allotmentAt, regionSchema, tierSchema } from '@fcode/policy';
import { whyNotClaim } from './claim.rule.ts';
import type { Desk } from './desk.ts';
import { allotmentRef } from './member-codes.ts';
import { refusals } from './refusals.ts';
import { campaignPath } from './schemas.ts';
import { standingRef } from './standing.ts';

const allotmentView = z
  .object({
    campaignId: z.string(),
    memberId: z.string(),
    tier: tierSchema,
    allotted: z.int(),
    claimed: z.int(),
    left: z.int(),
    mayClaim: z.boolean(),
    refusal: z.string().optional().openapi({ description: 'Why a claim would be refused now, whatever the quota.' }),
    reasons,
  })
  .openapi('Allotment');

const mine = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/allotment',
  summary: 'How many codes I may claim here, and why',
  tags: ['members'],
  ...only('member'),
  request: { params: campaignPath },
  responses: { 200: jsonAnswer(allotmentView, 'My allotment'), ...problems(404) },
});

const anyones = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/allotments/{memberId}',
  summary: "A member's allotment, and why",
  tags: ['members'],
  ...only('ops'),
  request: {
    params: campaignPath.extend({ memberId }),
    query: z.strictObject({
      region: regionSchema.optional().describe("As the member's token would say."),
    }),
  },
  responses: { 200: jsonAnswer(allotmentView, 'The allotment'), ...problems(404) },
});

export const allotmentRoutes = (app: App, { store, campaigns, ladders }: Desk) => {
  const look = async (
    campaignId: string,
    { memberId, region = '' }: { memberId: string; region?: string | undefined },
    { at, deadline }: { at: number; deadline: number },
  ) => {
    const { campaign } = await campaigns.recent(campaignId, deadline);
    if (campaign.status === 'none' || campaign.status === 'draft')
      throw new Problem('campaign_not_found', refusals.campaign_not_found);
    const [ladder, [codes, known]] = await Promise.all([
      ladders.recent(deadline),
      store.read([allotmentRef(memberId, campaignId), standingRef(memberId)], deadline),
    ]);
    const allotted = allotmentAt(
      ladder,
      campaign.definition.allotment,
      { memberId, standing: known.state.standing, region },
      at,
    );
    const claimed = codes.state.codes.length;
    const refused = whyNotClaim(campaign, { allotted, claimed, region, at });
    return {
      campaignId,
      memberId,
      tier: allotted.tier,
      allotted: allotted.codes,
      claimed,
      left: Math.max(0, allotted.codes - claimed),
      mayClaim: refused === undefined,
      ...(refused ? { refusal: refused.refusal } : {}),
      // Why this many stays the answer also when none may be claimed now; what stands in the way comes after it.
      reasons: [
        ...allotted.reasons,
        ...(refused?.reasons ?? []).filter((reason) => !allotted.reasons.includes(reason)),
      ],
    };
  };

  app.openapi(mine, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { subject: memberId, region } = c.get('caller');
    return c.json(await look(campaignId, { memberId, region }, requestOf(c)), 200);
  });
  app.openapi(anyones, async (c) => {
    const { campaignId, memberId } = c.req.valid('param');
    const { region } = c.req.valid('query');
    return c.json(await look(campaignId, { memberId, region }, requestOf(c)), 200);
  });
};
