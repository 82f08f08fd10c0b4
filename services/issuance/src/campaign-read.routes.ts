import { type App, createRoute, jsonAnswer, only, Problem, problems, requestOf, z } from '@fcode/http';
import { campaignKind, campaignsPartition, partsIn, phaseAt, phases } from './campaign.ts';
import { viewOf } from './campaign.view.ts';
import type { Desk } from './desk.ts';
import { ordered, pageOf, shortPages } from './listed.ts';
import { refusals } from './refusals.ts';
import { campaignPath, campaignView, etagOf } from './schemas.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns',
  summary: 'Campaigns, newest first; members see those that are published',
  description: shortPages('`phase`'),
  tags: ['campaigns'],
  ...only('ops', 'member'),
  request: { query: ordered.extend({ phase: z.enum(phases).optional() }) },
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
  responses: {
    200: {
      ...jsonAnswer(campaignView, 'The campaign'),
      headers: { ETag: { schema: { type: 'string' as const }, description: 'Its revision; for `If-Match`.' } },
    },
    ...problems(404),
  },
});

export const campaignReadRoutes = (app: App, { store, campaigns, claims }: Desk) => {
  app.openapi(listRoute, async (c) => {
    const { phase, ...range } = c.req.valid('query');
    const { at } = requestOf(c);
    const isOps = c.get('caller').roles.includes('ops');
    const found = await pageOf(
      store,
      { pk: campaignsPartition, ...range },
      campaignKind,
      ({ sk, state }) => {
        if (state.status === 'none' || (state.status === 'draft' && !isOps)) return undefined;
        return phase === undefined || phaseAt(state, at) === phase ? viewOf(sk, state, at) : undefined;
      },
      { isFiltered: phase !== undefined },
    );
    return c.json(found, 200);
  });

  app.openapi(oneRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const request = requestOf(c);
    const { campaign } = await campaigns.now(campaignId, request.deadline);
    const isOps = c.get('caller').roles.includes('ops');
    if (campaign.status === 'none' || (campaign.status === 'draft' && !isOps))
      throw new Problem('campaign_not_found', refusals.campaign_not_found);
    const parts = isOps && campaign.status !== 'draft' ? partsIn(campaignId, campaign) : [];
    const partly = await Promise.all(
      parts.map(async ({ lane, ...part }) => ({ lane, left: await claims.left({ lane, ...part }, request) })),
    );
    const reserved = partly.flatMap(({ lane, left }) => (typeof lane === 'number' ? [{ rule: lane + 1, left }] : []));
    const quota = {
      ...(partly.length > 0 && { left: partly.reduce((sum, { left }) => sum + left, 0) }),
      ...(reserved.length > 0 && { reserved }),
    };
    const view = viewOf(campaignId, campaign, request.at);
    c.header('ETag', etagOf(view.revision));
    return c.json({ ...view, ...quota }, 200);
  });
};
