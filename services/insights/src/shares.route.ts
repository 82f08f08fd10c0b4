import type { Store } from '@fcode/dynamo';
import { type App, createRoute, jsonAnswer, only, problems, z } from '@fcode/http';
import { readShares } from './funnel.ts';
import { campaignId, funnelChannel } from './schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/me/shares',
  summary: 'What came of my sharing in a campaign, by channel',
  description:
    'My links, their clicks, the referrals that I am the inviter of, and my rewards. A read model: an event is counted here, once, a moment after it happened. A campaign that is not known is answered with no channels, as is one that I shared nothing of.',
  tags: ['members'],
  ...only('member'),
  request: { query: z.strictObject({ campaignId }) },
  responses: {
    200: jsonAnswer(
      z.object({ campaignId: z.string(), channels: z.array(funnelChannel) }).openapi('Shares'),
      'My shares',
    ),
    ...problems(),
  },
});

export const sharesRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) => {
    const { campaignId } = c.req.valid('query');
    return c.json({ campaignId, channels: await readShares(store, c.get('caller').subject, campaignId) }, 200);
  });
