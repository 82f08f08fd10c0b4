import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  jsonAnswer,
  jsonBody,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { refuse } from '@fcode/policy';
import { buyerSchema, pseudonym } from './buyer.ts';
import type { Checkout } from './checkout.ts';
import { locate } from './locate.ts';
import type { RedeemReceipt } from './redemption.ts';
import { refusals } from './refusals.ts';
import { reissue } from './reissue.rule.ts';
import { codeText, holdId, orderId, redeemAnswer, sku } from './schemas.ts';
import { dayFor } from './take.rule.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/reissue',
  summary: 'Give a code to a paid order that lost its hold, as goodwill',
  description:
    'The orders are in `/v1/lost-holds`; the code is one that ops have, such as one of a grant. The shop confirms nothing more: the order owns it.',
  tags: ['stops'],
  ...only('ops'),
  request: {
    headers: idempotencyKeyOptional,
    body: jsonBody(
      z.strictObject({
        holdId,
        shop: z.string().min(1).max(128).openapi({ description: 'Whose order it is.', example: 'shop-berlin' }),
        orderId,
        code: codeText,
        sku,
        buyer: buyerSchema,
        reason,
      }),
    ),
  },
  responses: { 200: jsonAnswer(redeemAnswer, 'The redemption'), ...bodyProblems(404, 409) },
});

export const reissueRoute = (app: App, { mint, book, codes, buyerKey }: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const request = requestOf(c, body);
    const located = await locate(mint, book, body.code, request.deadline);
    if (!located || located.isCanary) {
      return c.json(receiptOf<RedeemReceipt, 'code_not_valid'>(c, refuse('code_not_valid'), refusals), 200);
    }
    const { code, terms } = located;
    const take = {
      order: { shop: body.shop, orderId: body.orderId },
      buyer: pseudonym(body.buyer, buyerKey),
      sku: body.sku,
      at: request.at,
      goodwill: { by: c.get('caller').subject, reason: body.reason, holdId: body.holdId },
    };
    const decision = await codes.take(
      code,
      { ...take, ...dayFor(take, terms) },
      terms,
      (number, state, uses) => reissue({ ...take, code: number }, state, terms, uses),
      request,
    );
    return c.json(receiptOf(c, decision, refusals), 200);
  });
