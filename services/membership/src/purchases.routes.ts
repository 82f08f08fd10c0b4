import {
  type App,
  bodyProblems,
  commonProblem,
  createRoute,
  idempotencyKeyRequired,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  Problem,
  type ProblemKind,
  page,
  problems,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import type { BuyReceipt, BuyRefusal } from './buy.rule.ts';
import { purchasesPrefix } from './purchase.ts';
import type { Known, PurchaseStore } from './purchase-store.ts';

const refusals = {
  nothing_for_sale: { status: 409, title: 'Points buy no codes.' },
  score_too_low: { status: 409, title: 'The score is lower than the price.' },
  purchase_not_found: { status: 404, title: 'There is no such purchase of yours.' },
} as const satisfies Record<BuyRefusal | 'purchase_not_found', ProblemKind>;

const campaignId = z.string().regex(/^cmp_[0-9A-Z]{26}$/, 'A campaign id, such as cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.');

const purchaseId = z.string().regex(/^pur_[\w-]{22}$/, 'A purchase id, as the purchase was answered.');

const receiptView = z
  .object({
    purchaseId: z.string(),
    campaignId: z.string(),
    points: z.number().openapi({ description: 'What was taken off the score, as points counted then.' }),
    spentAt: instant,
  })
  .openapi('PurchaseReceipt');

const purchaseView = receiptView
  .extend({
    status: z.enum(['pending', 'bought', 'refunded']).openapi({
      description:
        '`pending` for moments; then `bought`, and the code stands in `/v1/me/codes`; or `refunded`: there was none, and the points are back.',
    }),
    batch: z.int().optional(),
    index: z.int().optional(),
    boughtAt: instant.optional(),
    reason: z.string().optional().openapi({ description: 'Why there was no code, such as `sold_out`.' }),
    refundedAt: instant.optional(),
  })
  .openapi('Purchase');

const buying = createRoute({
  method: 'post',
  path: '/v1/me/purchases',
  summary: 'Buy a code of a campaign with points, where the policy has a price',
  description:
    'Takes the points at once, whatever the campaign: the code follows within moments, or the points come back. `GET /v1/me/purchases/{purchaseId}` tells. It counts against the quota of the campaign, and not against my allotment.',
  tags: ['members'],
  ...only('member'),
  request: { headers: idempotencyKeyRequired, body: jsonBody(z.strictObject({ campaignId })) },
  responses: { 201: jsonAnswer(receiptView, 'The points are spent'), ...bodyProblems(409) },
});

const listing = createRoute({
  method: 'get',
  path: '/v1/me/purchases',
  summary: 'What I bought with points, the newest first, and what came of each',
  tags: ['members'],
  ...only('member'),
  request: { query: page },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(purchaseView), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

const reading = createRoute({
  method: 'get',
  path: '/v1/me/purchases/{purchaseId}',
  summary: 'What came of a purchase of mine',
  tags: ['members'],
  ...only('member'),
  request: { params: z.object({ purchaseId }) },
  responses: { 200: jsonAnswer(purchaseView, 'The purchase'), ...problems(404) },
});

const viewOf = ({ memberId: _, weight: _weight, region: _region, ...told }: Known) => told;

export const purchaseRoutes = (app: App, purchases: PurchaseStore) => {
  app.openapi(buying, async (c) => {
    const body = c.req.valid('json');
    const { subject: memberId, region = '' } = c.get('caller');
    const request = requestOf(c, body);
    const key = request.idempotency?.key as string;
    const command = { memberId, purchaseId: `pur_${key}`, campaignId: body.campaignId, region, at: request.at };
    return c.json(receiptOf<BuyReceipt, BuyRefusal>(c, await purchases.buy(command, request), refusals), 201);
  });
  app.openapi(listing, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    if (cursor !== undefined && !cursor.startsWith(purchasesPrefix)) throw commonProblem('invalid_request');
    const found = await purchases.list(c.get('caller').subject, { limit, cursor }, requestOf(c).deadline);
    const items = found.purchases.map(viewOf);
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });
  app.openapi(reading, async (c) => {
    const { purchaseId: id } = c.req.valid('param');
    const purchase = await purchases.one(c.get('caller').subject, id, requestOf(c).deadline);
    if (!purchase) throw new Problem('purchase_not_found', refusals.purchase_not_found);
    return c.json(viewOf(purchase), 200);
  });
};
