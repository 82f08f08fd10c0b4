import type { Store } from '@fcode/dynamo';
import { type App, createRoute, instant, jsonAnswer, only, page, problems, z } from '@fcode/http';
import { readCanaryTouches } from './canary-touches.ts';
import { codePlaceForm } from './places.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/canary-touches',
  summary: 'Codes that nobody was given and somebody tried, the newest first: a file of their batch is in wrong hands',
  description: 'A read model: a touch shows up here a moment after the checkout was answered that this is no code.',
  tags: ['checkout'],
  ...only('ops'),
  request: { query: page.extend({ cursor: z.string().regex(codePlaceForm).optional() }) },
  responses: {
    200: jsonAnswer(
      z.object({
        items: z.array(
          z
            .object({
              batch: z.int(),
              index: z.int(),
              campaignId: z.string(),
              verb: z.string().openapi({ description: 'What was asked for it.', example: 'hold' }),
              shop: z.string().openapi({ description: 'Where it was tried.' }),
              orderId: z.string().optional().openapi({ description: "The order's id at that shop." }),
              buyer: z.string().optional().openapi({ description: '`m:` and a member, or `g:` and a keyed hash.' }),
              shopper: z.string().optional().openapi({ description: 'A keyed hash of whom the shop told of.' }),
              network: z.string().optional().openapi({ description: 'A keyed hash of where they came from.' }),
              touchedAt: instant,
            })
            .openapi('CanaryTouch'),
        ),
        cursor: z.string().optional(),
      }),
      'A page',
    ),
    ...problems(),
  },
});

export const canaryTouchesRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) => c.json(await readCanaryTouches(store, c.req.valid('query')), 200));
