import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
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
import { confirm } from './confirm.rule.ts';
import { refusals } from './refusals.ts';
import { holdId, orderId, redeemAnswer } from './schemas.ts';

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

export const confirmRoute = (app: App, { book, codes }: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const request = requestOf(c, body);
    const code = codeOfHold(body.holdId);
    const terms = code && (await book.find(code.batch, request.deadline));
    if (!terms) return c.json(receiptOf(c, refuse('hold_not_found'), refusals), 200);
    const order = { shop: c.get('caller').subject, orderId: body.orderId };
    const command = { code, holdId: body.holdId, order, at: request.at };
    const decision = await codes.settle(code, terms, (state, slots) => confirm(command, state, slots, terms), request);
    return c.json(receiptOf(c, decision, refusals), 200);
  });
