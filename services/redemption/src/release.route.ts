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
import { release } from './release.rule.ts';
import { holdId, orderId, why } from './schemas.ts';
import { settleBy } from './settle.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/release',
  summary: 'The held order is declined or given up: the code is free at once',
  tags: ['checkout'],
  ...only('checkout'),
  request: {
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({ holdId, orderId, reason: why.optional() })),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({ status: z.literal('released'), holdId: z.string(), orderId: z.string(), releasedAt: instant })
        .openapi('Release'),
      'The end of the hold',
    ),
    ...bodyProblems(404, 409),
  },
});

export const releaseRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    return c.json(await settleBy(c, checkout, body.holdId, body, release, 'hold_not_found'), 200);
  });
