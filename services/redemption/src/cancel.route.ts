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
import { cancel } from './cancel.rule.ts';
import type { Checkout } from './checkout.ts';
import { orderId, redemptionId, why } from './schemas.ts';
import { settleBy } from './settle.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/cancel',
  summary: 'The paid order is cancelled as a whole: the code is free again',
  description:
    'What the purchase earned whoever invited the buyer is taken back. The order may hold the code again, as anybody may who has it.',
  tags: ['checkout'],
  ...only('checkout'),
  request: {
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({ redemptionId, orderId, reason: why.optional() })),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({ status: z.literal('cancelled'), redemptionId: z.string(), orderId: z.string(), cancelledAt: instant })
        .openapi('Cancellation'),
      'The end of the redemption',
    ),
    ...bodyProblems(404, 409),
  },
});

export const cancelRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    return c.json(await settleBy(c, checkout, body.redemptionId, body, cancel, 'redemption_not_found'), 200);
  });
