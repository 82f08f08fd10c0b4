import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  jsonAnswer,
  jsonBody,
  only,
  z,
} from '@fcode/http';
import type { Checkout } from './checkout.ts';
import { extend } from './extend.rule.ts';
import { holdAnswer, holdId, orderId } from './schemas.ts';
import { settleBy } from './settle.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/extend',
  summary: 'The payment of the held order is pending: the hold lasts as long again, once',
  description: 'From now on, as long as a hold of the campaign lasts. Asking again gets the same end.',
  tags: ['checkout'],
  ...only('checkout'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(z.strictObject({ holdId, orderId })) },
  responses: { 200: jsonAnswer(holdAnswer, 'The hold, and its new end'), ...bodyProblems(404, 409) },
});

export const extendRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    return c.json(await settleBy(c, checkout, body.holdId, body, extend, 'hold_not_found'), 200);
  });
