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
import { confirm } from './confirm.rule.ts';
import { holdId, orderId, redeemAnswer } from './schemas.ts';
import { settleBy } from './settle.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/confirm',
  summary: 'The held order is paid: the code is its own',
  description:
    'Holds that expired count until somebody else has taken the code. If somebody has, the answer is `hold_lost`, and ops see the paid order.',
  tags: ['checkout'],
  ...only('checkout'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(z.strictObject({ holdId, orderId })) },
  responses: { 200: jsonAnswer(redeemAnswer, 'The redemption'), ...bodyProblems(404, 409) },
});

export const confirmRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    return c.json(await settleBy(c, checkout, body.holdId, body, confirm, 'hold_not_found'), 200);
  });
