import type { Store } from '@fcode/dynamo';
import { type App, createRoute, jsonAnswer, memberId, only, page, problems, z } from '@fcode/http';
import { readMember } from './member-history.ts';
import { placeForm } from './places.ts';
import { historyEntry, orderOf } from './schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/members/{memberId}/history',
  summary: 'What happened to a member, when, and because of what',
  description:
    'Claims and grants, purchases with points, codes passed on and taken, links, orders, referrals made and made by, rewards, badges, tiers, revocations; neither contributions nor scores, of which a standing tells, nor clicks, of which a funnel does. A read model: an event shows up here a moment after it happened. Of a member who is not known it is empty.',
  tags: ['members'],
  ...only('ops'),
  request: {
    params: z.object({ memberId }),
    query: page.extend({ order: orderOf('newest'), cursor: z.string().regex(placeForm).optional() }),
  },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(historyEntry), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

export const memberHistoryRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) =>
    c.json(await readMember(store, c.req.valid('param').memberId, c.req.valid('query')), 200),
  );
