import { codeNumberOf, issued } from '@fcode/codes';
import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { refuse, Unavailable } from '@fcode/policy';
import type { Checkout } from './checkout.ts';
import { refusals } from './refusals.ts';
import { type RevokeReceipt, revoke } from './revoke.rule.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/codes/revoke',
  summary: 'Take a code out of use for good; a hold ends with it',
  tags: ['stops'],
  ...only('ops'),
  request: {
    headers: idempotencyKeyOptional,
    body: jsonBody(
      z.strictObject({
        code: z.string().min(1).max(64).openapi({ description: 'As printed, or `batch.index`.', example: '12.7' }),
        reason,
      }),
    ),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({ status: z.literal('revoked'), batch: z.int(), index: z.int(), revokedAt: instant })
        .openapi('Revocation'),
      'The end of the code',
    ),
    ...bodyProblems(404, 409),
  },
});

export const revokeRoute = (app: App, { mint, book, codes }: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const request = requestOf(c, body);
    const named = codeNumberOf(mint, body.code);
    const terms = named && (await book.find(named.batch, request.deadline));
    if (named?.keyVersion !== undefined && !terms) {
      throw new Unavailable('This code is authentic, and its batch is not known here yet.');
    }
    const isIssued = terms && issued(named, terms.size) && (named.keyVersion ?? terms.keyVersion) === terms.keyVersion;
    if (!isIssued)
      return c.json(receiptOf<RevokeReceipt, 'code_not_found'>(c, refuse('code_not_found'), refusals), 200);
    const code = { batch: named.batch, index: named.index };
    const command = { code, by: c.get('caller').subject, reason: body.reason, at: request.at };
    const decision = await codes.settle(code, terms, (state) => revoke(command, state, terms), request);
    return c.json(receiptOf(c, decision, refusals), 200);
  });
