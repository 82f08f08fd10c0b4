import { type App, createRoute, jsonAnswer, only, Problem, page, problems, requestOf, z } from '@fcode/http';
import { campaignKind, campaignsPartition, partsIn } from './campaign.ts';
import { viewOf } from './campaign.view.ts';
import type { Desk } from './desk.ts';
import { refusals } from './refusals.ts';
import { campaignPath, campaignView } from './schemas.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns',
  summary: 'Campaigns, newest first; members see those that are published',
  tags: ['campaigns'],
  ...only('ops', 'member'),
  request: { query: page },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(campaignView), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

const oneRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}',
  summary: 'One campaign',
  tags: ['campaigns'],
  ...only('ops', 'member'),
  request: { params: campaignPath },
  responses: { 200: jsonAnswer(campaignView, 'The campaign'), ...problems(404) },
});

export const campaignReadRoutes = (app: App, { store, campaigns, claims }: Desk) => {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { at } = requestOf(c);
    const isOps = c.get('caller').roles.includes('ops');
    const range = { pk: campaignsPartition, limit, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) };
    const found = await store.query(range, campaignKind);
    const items = found.items.flatMap(({ sk, state }) =>
      state.status === 'none' || (state.status === 'draft' && !isOps) ? [] : [viewOf(sk, state, at)],
    );
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });

  app.openapi(oneRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const request = requestOf(c);
    const { campaign } = await campaigns.now(campaignId, request.deadline);
    const isOps = c.get('caller').roles.includes('ops');
    if (campaign.status === 'none' || (campaign.status === 'draft' && !isOps))
      throw new Problem('campaign_not_found', refusals.campaign_not_found);
    const partly =
      isOps && campaign.status !== 'draft'
        ? await Promise.all(partsIn(campaignId, campaign).map((part) => claims.left(part, request)))
        : [];
    const left = partly.length === 0 ? {} : { left: partly.reduce((sum, codes) => sum + codes, 0) };
    return c.json({ ...viewOf(campaignId, campaign, request.at), ...left }, 200);
  });
};
