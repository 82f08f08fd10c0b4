import { type App, bodyProblems, createRoute, idempotencyKeyOptional, jsonAnswer, jsonBody, only } from '@fcode/http';
import type { Checkout } from './checkout.ts';
import { redeem } from './redeem.rule.ts';
import { redeemAnswer, takeBody } from './schemas.ts';
import { takeBy } from './take.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/redeem',
  summary: 'Redeem a code for a paid order in one step',
  description: 'For a shop whose payment is already made. The same order asking again gets the same redemption.',
  tags: ['checkout'],
  ...only('checkout'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(takeBody) },
  responses: { 200: jsonAnswer(redeemAnswer, 'The redemption'), ...bodyProblems(404, 409, 429) },
});

export const redeemRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => c.json(await takeBy(c, checkout, 'redeem', c.req.valid('json'), redeem), 200));
