import {
  type App,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  problems,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { refuse } from '@fcode/policy';
import { pseudonym } from './buyer.ts';
import type { Checkout } from './checkout.ts';
import { hold } from './hold.rule.ts';
import { locate } from './locate.ts';
import { refusals } from './refusals.ts';
import { takeBody } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/hold',
  summary: 'Set a code aside for an unpaid order',
  description:
    'Ends when it is confirmed, released, or at `holdUntil`. The same order asking again gets the same hold.',
  tags: ['checkout'],
  ...only('checkout'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(takeBody) },
  responses: {
    200: jsonAnswer(
      z
        .object({
          status: z.literal('held'),
          holdId: z.string(),
          orderId: z.string(),
          campaignId: z.string(),
          sku: z.string(),
          heldAt: instant,
          holdUntil: instant,
        })
        .openapi('Hold'),
      'The hold',
    ),
    ...problems(404, 409),
  },
});

export const holdRoute = (app: App, { mint, book, codes, buyerKey }: Checkout) =>
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
      (state, slots) => hold(take, state, slots, terms),
      request,
    );
    return c.json(receiptOf(c, decision, refusals), 200);
  });
