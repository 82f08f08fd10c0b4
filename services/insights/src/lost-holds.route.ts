import type { Store } from '@fcode/dynamo';
import { codeHoldLost } from '@fcode/events';
import { type App, createRoute, instant, jsonAnswer, only, page, problems, z } from '@fcode/http';
import { readLostHolds } from './lost-holds.ts';
import { codePlaceForm } from './places.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/lost-holds',
  summary: 'Paid orders that came too late for their code, the newest first: to be made good or refunded',
  description: 'A read model: an order shows up here a moment after its `confirm` was answered with `hold_lost`.',
  tags: ['checkout'],
  ...only('ops'),
  request: { query: page.extend({ cursor: z.string().regex(codePlaceForm).optional() }) },
  responses: {
    200: jsonAnswer(
      z.object({
        items: z.array(
          z
            .object({
              holdId: z.string(),
              batch: z.int(),
              index: z.int(),
              campaignId: z.string(),
              shop: z.string().openapi({ description: 'Whose order it is.' }),
              orderId: z.string().openapi({ description: "The order's id at that shop." }),
              cause: z.enum(codeHoldLost.schema.shape.cause.options).openapi({
                description:
                  'What became of the hold: given back; over, and the code taken by another; ended by ops; or over, and then another code took the use that the buyer, or the order, had left.',
              }),
              lostAt: instant,
              madeGoodAt: instant.optional().openapi({ description: 'When ops gave the order another code.' }),
            })
            .openapi('LostHold'),
        ),
        cursor: z.string().optional(),
      }),
      'A page',
    ),
    ...problems(),
  },
});

export const lostHoldsRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) => c.json(await readLostHolds(store, c.req.valid('query')), 200));
