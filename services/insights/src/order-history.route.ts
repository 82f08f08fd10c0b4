import type { Store } from '@fcode/dynamo';
import { type App, createRoute, jsonAnswer, only, page, problems, subjectForm, z } from '@fcode/http';
import { readOrder } from './order-history.ts';
import { placeForm } from './places.ts';
import { historyEntry, orderOf } from './schemas.ts';
import { lookedAtMost } from './timeline.ts';

const entry = historyEntry
  .extend({
    shop: z.string().openapi({ description: 'Whose order it is: several shops may have an order of one id.' }),
    code: z.string().openapi({ description: 'By `batch.index`.', example: '12.7' }),
  })
  .openapi('OrderHistoryEntry');

const route = createRoute({
  method: 'get',
  path: '/v1/orders/{orderId}/history',
  summary: 'What happened to an order, when, and because of what',
  description: `Its holds and how they ended, its redemption, refunds and cancellation, and the referral and the rewards that it made. A read model: an event shows up here a moment after it happened. Of an order that is not known it is empty. With \`shop\`, a page looks at ${lookedAtMost.toLocaleString('en')} entries at most: it may be short, or empty, and have a \`cursor\` all the same; there is no more when there is none.`,
  tags: ['codes'],
  ...only('ops'),
  request: {
    params: z.object({
      orderId: z.string().min(1).max(128).openapi({ description: "The order's id at its shop.", example: '1001' }),
    }),
    query: page.extend({
      order: orderOf('newest'),
      shop: z.string().regex(subjectForm, 'A shop: the subject of its token.').optional().openapi({
        description: 'Of this shop alone.',
        example: 'shop-berlin',
      }),
      cursor: z.string().regex(placeForm).optional(),
    }),
  },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(entry), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

export const orderHistoryRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) =>
    c.json(await readOrder(store, c.req.valid('param').orderId, c.req.valid('query')), 200),
  );
