import { type App, bodyProblems, createRoute, jsonAnswer, jsonBody, only, requestOf, z } from '@fcode/http';
import { appliedSchema, type Decision, refuse } from '@fcode/policy';
import type { Checkout } from './checkout.ts';
import { sameOrder } from './code.ts';
import { findFor } from './find.ts';
import { type HoldReceipt, hold } from './hold.rule.ts';
import { type Refusal, refusals } from './refusals.ts';
import { takeBody } from './schemas.ts';
import { dayFor } from './take.rule.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/check',
  summary: 'Ask whether a hold would be granted; changes nothing',
  description: 'Leave out the order or the buyer while they are not known: what depends on them is then not checked.',
  tags: ['checkout'],
  ...only('checkout', 'ops'),
  request: { body: jsonBody(takeBody.partial({ orderId: true, buyer: true })) },
  responses: {
    200: jsonAnswer(
      z
        .object({
          outcome: z.enum(['accepted', 'refused']),
          refusal: z.enum(Object.keys(refusals) as [Refusal, ...Refusal[]]).optional(),
          title: z.string().optional().openapi({ description: 'The refusal, as a sentence.' }),
          reasons: z.array(z.looseObject({ code: z.string() })),
          campaignId: z.string().optional(),
          termsVersion: z.int().optional(),
          effect: appliedSchema.optional(),
        })
        .openapi('Check'),
      'What hold would answer now',
    ),
    ...bodyProblems(429),
  },
});

export const checkRoute = (app: App, checkout: Checkout) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const { orderId, sku, price, region } = body;
    const request = requestOf(c);
    const { at } = request;
    const { located, buyer: known } = await findFor(c, checkout, 'check', body, request);
    const { subject, roles } = c.get('caller');
    let decision: Decision<HoldReceipt, Refusal> = refuse('code_not_valid');
    if (located) {
      const { code, terms } = located;
      // An order without an id owns nothing: no order has the empty id.
      const order = { shop: subject, orderId: orderId ?? '' };
      const by = known === undefined ? undefined : { buyer: known, order, ...dayFor({ at }, terms) };
      const seen = await checkout.codes.look(code, by, terms, request);
      if (seen) {
        const [number, state, uses] = seen;
        // Until the buyer is known, the order's own hold speaks for it.
        const own = state.status === 'held' && sameOrder(state.hold.order, order) ? state.hold.buyer : '';
        const take = { code: number, order, buyer: known ?? own, sku, price, region, at, byOps: roles.includes('ops') };
        decision = hold(take, state, terms, uses);
      } else {
        decision = refuse('code_used_up');
      }
    }
    const about = located ? { campaignId: located.terms.campaignId, termsVersion: located.terms.version } : {};
    if (decision.outcome !== 'refused') {
      return c.json(
        { outcome: 'accepted' as const, reasons: decision.reasons, ...about, effect: decision.receipt.effect },
        200,
      );
    }
    const { refusal, reasons } = decision;
    // Whose campaign it is, is told of codes that the buyer may use, or could once the campaign lets them.
    const told = refusal === 'code_not_usable' && !roles.includes('ops') ? {} : about;
    return c.json({ outcome: 'refused' as const, refusal, title: refusals[refusal].title, reasons, ...told }, 200);
  });
