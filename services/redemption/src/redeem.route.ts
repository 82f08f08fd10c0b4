import {
  type App,
  createRoute,
  idempotencyKeyOptional,
  jsonAnswer,
  jsonBody,
  only,
  problems,
  receiptOf,
  requestOf,
} from '@fcode/http';
import { refuse } from '@fcode/policy';
import { pseudonym } from './buyer.ts';
import type { Checkout } from './checkout.ts';
import { locate } from './locate.ts';
import { redeem } from './redeem.rule.ts';
import { refusals } from './refusals.ts';
import { redeemAnswer, takeBody } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/redeem',
  summary: 'Redeem a code for a paid order in one step',
  description: 'For a shop whose payment is already made. The same order asking again gets the same redemption.',
  tags: ['checkout'],
  ...only('checkout'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(takeBody) },
  responses: { 200: jsonAnswer(redeemAnswer, 'The redemption'), ...problems(404, 409) },
});

export const redeemRoute = (app: App, { mint, book, codes, buyerKey }: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const located = await locate(mint, book, body.code);
    if (!located) return c.json(receiptOf(c, refuse('code_not_valid'), refusals), 200);
    const { code, terms } = located;
    const request = requestOf(c, body);
    const order = { shop: c.get('caller').subject, orderId: body.orderId };
    const take = { code, order, buyer: pseudonym(body.buyer, buyerKey), sku: body.sku, at: request.at };
    const decision = await codes.take(
      code,
      take.buyer,
      terms,
      (state, slots) => redeem(take, state, slots, terms),
      request,
    );
    return c.json(receiptOf(c, decision, refusals), 200);
  });
