import { type App, bodyProblems, createRoute, idempotencyKeyOptional, jsonAnswer, jsonBody, only } from '@fcode/http';
import type { Checkout } from './checkout.ts';
import { hold } from './hold.rule.ts';
import { holdAnswer, takeBody } from './schemas.ts';
import { takeBy } from './take.ts';

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
    200: jsonAnswer(holdAnswer, 'The hold'),
    ...bodyProblems(404, 409, 429),
  },
});

export const holdRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => c.json(await takeBy(c, checkout, 'hold', c.req.valid('json'), hold), 200));
