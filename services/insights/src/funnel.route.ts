import type { Store } from '@fcode/dynamo';
import { type App, createRoute, jsonAnswer, only, problems, z } from '@fcode/http';
import { readFunnel } from './funnel.ts';
import { campaignId, funnelChannel } from './schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/funnels/{campaignId}',
  summary:
    'How a campaign goes: codes by how they were had, holds, redemptions and cancellations, and what came of sharing by each channel',
  description:
    'A read model: an event is counted here, once, a moment after it happened. A campaign that is not known is answered with zeros: nothing was heard of it yet. Only channels with something in them are listed.',
  tags: ['campaigns'],
  ...only('ops'),
  request: { params: z.object({ campaignId }), query: z.strictObject({}) },
  responses: {
    200: jsonAnswer(
      z
        .object({
          campaignId: z.string(),
          claimed: z.int().openapi({
            description:
              'Codes that members took from their allotment. Of a campaign of before the next three were counted: all that members were given.',
          }),
          granted: z.int().openapi({ description: 'Codes that grants gave to members.' }),
          bought: z.int().openapi({ description: 'Codes that members bought with points.' }),
          bearer: z.int().openapi({
            description: 'Codes of grants to whoever bears them, and uses of codes by name; canaries are none.',
          }),
          held: z.int().openapi({ description: 'Holds made, whatever became of them.' }),
          redeemed: z.int().openapi({ description: 'Purchases made, whatever became of them.' }),
          cancelled: z.int().openapi({ description: 'Of those purchases, how many were cancelled.' }),
          channels: z.array(funnelChannel),
        })
        .openapi('Funnel'),
      'The funnel',
    ),
    ...problems(),
  },
});

export const funnelRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) => {
    const { campaignId } = c.req.valid('param');
    return c.json({ campaignId, ...(await readFunnel(store, campaignId)) }, 200);
  });
