import {
  type App,
  bodyProblems,
  commonProblem,
  createRoute,
  idempotencyKeyOptional,
  idempotencyKeyRequired,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  Problem,
  page,
  problems,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { codesAtMost, waitlistIn } from './campaign.ts';
import type { Desk } from './desk.ts';
import { poolRef } from './quota.ts';
import { refusals } from './refusals.ts';
import { campaignPath, claimView, claimViewOf } from './schemas.ts';
import { receiptOfWait } from './waitlist.rules.ts';

const path = '/v1/campaigns/{campaignId}/waitlist';

const waitView = z
  .object({
    campaignId: z.string(),
    status: z.enum(['none', 'waiting', 'offered', 'taken', 'lapsed', 'left']).openapi({
      description:
        '`offered`: a place is kept for me until then, which I take or leave; `lapsed`: it went to whoever was next, and I may wait again.',
    }),
    since: instant.optional().openapi({ description: 'Since when I wait, or waited.' }),
    until: instant.optional().openapi({ description: 'Of an offer: until when it is sure.' }),
    ahead: z
      .int()
      .optional()
      .openapi({ description: 'While I wait: how many wait before me; 1,000 where it is that many or more.' }),
  })
  .openapi('WaitlistPlace');

const lineView = z
  .object({
    items: z.array(z.object({ memberId: z.string(), since: instant })),
    cursor: z.string().optional(),
    waiting: z.int().openapi({ description: 'How many wait; 1,000 where it is that many or more.' }),
    places: z
      .object({
        left: z.int().openapi({ description: 'Came back, and are not offered yet.' }),
        offered: z.int().openapi({ description: 'Are offered, and neither taken nor given on yet.' }),
        revoked: z.int().openapi({ description: 'Came back in all since their codes were revoked.' }),
      })
      .openapi('WaitlistPlaces'),
  })
  .openapi('WaitlistLine');

const mineRoute = createRoute({
  method: 'get',
  path,
  summary: 'Whether I wait for a code, and how many wait before me',
  tags: ['members'],
  ...only('member'),
  request: { params: campaignPath },
  responses: { 200: jsonAnswer(waitView, 'My place'), ...problems(404) },
});

const joinRoute = createRoute({
  method: 'post',
  path,
  summary: 'Wait for a code of a campaign',
  description:
    'For members without a code of the campaign. Places that come back are offered to those who wait, in the order in which they came. Who waits already keeps the place.',
  tags: ['members'],
  ...only('member'),
  request: { params: campaignPath, headers: idempotencyKeyOptional, body: jsonBody(z.strictObject({})) },
  responses: { 200: jsonAnswer(waitView, 'My place'), ...bodyProblems(404, 409) },
});

const leaveRoute = createRoute({
  method: 'post',
  path: `${path}/leave`,
  summary: 'Wait no more, or decline the place that I am offered',
  tags: ['members'],
  ...only('member'),
  request: { params: campaignPath, headers: idempotencyKeyOptional, body: jsonBody(z.strictObject({})) },
  responses: { 200: jsonAnswer(waitView, 'My place'), ...bodyProblems(404, 409) },
});

const takeRoute = createRoute({
  method: 'post',
  path: `${path}/take`,
  summary: 'Take the code of the place that I am offered',
  tags: ['members'],
  ...only('member'),
  request: { params: campaignPath, headers: idempotencyKeyRequired, body: jsonBody(z.strictObject({})) },
  responses: { 201: jsonAnswer(claimView, 'The code'), ...bodyProblems(404, 409) },
});

const lineRoute = createRoute({
  method: 'get',
  path: `${path}/line`,
  summary: 'Who waits for a code of a campaign, in their order',
  tags: ['campaigns'],
  ...only('ops'),
  request: { params: campaignPath, query: page },
  responses: {
    200: jsonAnswer(lineView, 'A page'),
    ...problems(404, 409),
  },
});

const supplyRoute = createRoute({
  method: 'post',
  path: `${path}/places`,
  summary: 'Give places that are for everybody to those who wait',
  tags: ['campaigns'],
  ...only('ops'),
  request: {
    params: campaignPath,
    headers: idempotencyKeyRequired,
    body: jsonBody(z.strictObject({ places: z.int().min(1).max(codesAtMost), reason })),
  },
  responses: {
    200: jsonAnswer(z.object({ places: z.int() }).openapi('WaitlistSupply'), 'So many places are theirs'),
    ...bodyProblems(404, 409),
  },
});

export const waitlistRoutes = (app: App, { store, campaigns, waitlists, mint }: Desk) => {
  app.openapi(mineRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { deadline } = requestOf(c);
    const [{ campaign }, wait] = await Promise.all([
      campaigns.recent(campaignId, deadline),
      waitlists.mine(c.get('caller').subject, campaignId, deadline),
    ]);
    if (campaign.status === 'none' || campaign.status === 'draft')
      throw new Problem('campaign_not_found', refusals.campaign_not_found);
    if (wait.status === 'none') return c.json({ campaignId, status: 'none' as const }, 200);
    const ahead = wait.status === 'waiting' ? { ahead: await waitlists.ahead(campaignId, wait.order) } : {};
    return c.json({ campaignId, ...receiptOfWait(wait), ...ahead }, 200);
  });

  app.openapi(joinRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { subject: memberId, region = '' } = c.get('caller');
    const request = requestOf(c, {});
    const decision = await waitlists.join({ campaignId, memberId, region, at: request.at }, request);
    return c.json({ campaignId, ...receiptOf(c, decision, refusals) }, 200);
  });

  app.openapi(leaveRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const request = requestOf(c, {});
    const waiter = { campaignId, memberId: c.get('caller').subject, at: request.at };
    return c.json({ campaignId, ...receiptOf(c, await waitlists.leave(waiter, request), refusals) }, 200);
  });

  app.openapi(takeRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { subject: memberId, region = '' } = c.get('caller');
    const request = requestOf(c, {});
    const { at, idempotency, causationId } = request;
    const command = { campaignId, memberId, region, request: idempotency?.key ?? causationId, at };
    return c.json(claimViewOf(mint, receiptOf(c, await waitlists.take(command, request), refusals)), 201);
  });

  app.openapi(lineRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? undefined : Number(cursor);
    if (after !== undefined && !Number.isSafeInteger(after)) throw commonProblem('invalid_request');
    const { deadline } = requestOf(c);
    const { campaign } = await campaigns.recent(campaignId, deadline);
    if (campaign.status === 'none' || campaign.status === 'draft')
      throw new Problem('campaign_not_found', refusals.campaign_not_found);
    if (!waitlistIn(campaign)) throw new Problem('no_waitlist', refusals.no_waitlist);
    const [found, head, [pool]] = await Promise.all([
      waitlists.page(campaignId, limit, after),
      waitlists.head(campaignId),
      store.read([poolRef({ campaignId, lane: 'waitlist' })], deadline),
    ]);
    const { left = 0, waitlist } = pool.state.status === 'none' ? {} : pool.state;
    return c.json(
      {
        items: found.items.map(({ memberId, since }) => ({ memberId, since })),
        ...(found.next === undefined ? {} : { cursor: String(found.next) }),
        waiting: head.orders.length,
        places: { left, offered: waitlist?.offered ?? 0, revoked: waitlist?.back ?? 0 },
      },
      200,
    );
  });

  app.openapi(supplyRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const body = c.req.valid('json');
    const wish = { campaignId, by: c.get('caller').subject, ...body };
    return c.json(receiptOf(c, await waitlists.supply(wish, requestOf(c, body)), refusals), 200);
  });
};
