import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  z,
} from '@fcode/http';
import type { Checkout } from './checkout.ts';
import { giveBack } from './return.rule.ts';
import { currency, minorUnits, orderId, redemptionId, returnId } from './schemas.ts';
import { settleBy } from './settle.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/return',
  summary: 'Lines of the paid order came back: the code stays used',
  description:
    'What the purchase earned whoever invited the buyer is taken back in proportion. `paid` is the same in every return of an order.',
  tags: ['checkout'],
  ...only('checkout'),
  request: {
    headers: idempotencyKeyOptional,
    body: jsonBody(
      z.strictObject({ redemptionId, orderId, returnId, refunded: minorUnits, paid: minorUnits, currency }),
    ),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({
          status: z.literal('refunded'),
          redemptionId: z.string(),
          orderId: z.string(),
          returnId: z.string(),
          refunded: z.int().openapi({ description: 'All that was given back by then.' }),
          paid: z.int(),
          currency: z.string(),
          refundedAt: instant,
        })
        .openapi('Return'),
      'The return, and all that was given back so far',
    ),
    ...bodyProblems(404, 409),
  },
});

export const returnRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    return c.json(await settleBy(c, checkout, body.redemptionId, body, giveBack, 'redemption_not_found'), 200);
  });
