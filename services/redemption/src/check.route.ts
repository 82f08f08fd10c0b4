import { type App, bodyProblems, createRoute, jsonAnswer, jsonBody, only, requestOf, z } from '@fcode/http';
import { type Decision, refuse } from '@fcode/policy';
import { pseudonym } from './buyer.ts';
import type { Checkout } from './checkout.ts';
import { type HoldReceipt, hold } from './hold.rule.ts';
import { locate } from './locate.ts';
import { type Refusal, refusals } from './refusals.ts';
import { takeBody } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/check',
  summary: 'Ask whether a hold would be granted; changes nothing',
  description: 'Leave out the order or the buyer while they are not known: what depends on them is then not checked.',
  tags: ['checkout'],
  ...only('checkout'),
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
        })
        .openapi('Check'),
      'What hold would answer now',
    ),
    ...bodyProblems(),
  },
});

export const checkRoute = (app: App, { mint, book, codes, buyerKey }: Checkout) =>
  app.openapi(route, async (c) => {
    const { code: text, orderId, sku, buyer } = c.req.valid('json');
    const { at, deadline } = requestOf(c);
    const located = await locate(mint, book, text, deadline);
    let decision: Decision<HoldReceipt, Refusal> = refuse('code_not_valid');
    if (located) {
      const { code, terms } = located;
      const known = buyer && pseudonym(buyer, buyerKey);
      const [state, slots] = await codes.look(code, known, terms, deadline);
      // An order without an id owns nothing: no order has the empty id.
      const order = { shop: c.get('caller').subject, orderId: orderId ?? '' };
      // Until the buyer is known, the order's own hold speaks for it.
      const own = state.status === 'held' ? state.hold.buyer : '';
      decision = hold({ code, order, buyer: known ?? own, sku, at }, state, slots, terms);
    }
    const campaign = located ? { campaignId: located.terms.campaignId } : {};
    if (decision.outcome !== 'refused') {
      return c.json({ outcome: 'accepted' as const, reasons: decision.reasons, ...campaign }, 200);
    }
    const { refusal, reasons } = decision;
    return c.json({ outcome: 'refused' as const, refusal, title: refusals[refusal].title, reasons, ...campaign }, 200);
  });
