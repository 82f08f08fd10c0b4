import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { refuse } from '@fcode/policy';
import type { Checkout } from './checkout.ts';
import { codeOfHold } from './code.ts';
import { refusals } from './refusals.ts';
import { release } from './release.rule.ts';
import { holdId, orderId } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/release',
  summary: 'The held order is declined or given up: the code is free at once',
  tags: ['checkout'],
  ...only('checkout'),
  request: {
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({ holdId, orderId, reason: z.string().min(1).max(200).optional() })),
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

export const releaseRoute = (app: App, { book, codes }: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const request = requestOf(c, body);
    const code = codeOfHold(body.holdId);
    const terms = code && (await book.find(code.batch, request.deadline));
    if (!terms) return c.json(receiptOf(c, refuse('hold_not_found'), refusals), 200);
    const order = { shop: c.get('caller').subject, orderId: body.orderId };
    const reason = body.reason === undefined ? {} : { reason: body.reason };
    const command = { code, holdId: body.holdId, order, at: request.at, ...reason };
    const decision = await codes.settle(code, terms, (state) => release(command, state, terms), request);
    return c.json(receiptOf(c, decision, refusals), 200);
  });
