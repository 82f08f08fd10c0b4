import { type AppEnv, type Context, receiptOf, requestOf } from '@fcode/http';
import { type Decision, refuse } from '@fcode/policy';
import { type Buyer, pseudonym } from './buyer.ts';
import type { Checkout } from './checkout.ts';
import type { Code } from './code.ts';
import { locate } from './locate.ts';
import { type Refusal, refusals } from './refusals.ts';
import type { Slots } from './slots.ts';
import type { Take } from './take.rule.ts';
import type { Terms } from './terms.ts';

/** What hold and redeem have in common: find the code by its text, ask the rule, answer with the receipt. */
export const takeBy = async <Receipt>(
  c: Context<AppEnv>,
  { mint, book, codes, buyerKey }: Checkout,
  body: { code: string; orderId: string; sku: string; buyer: Buyer; invite?: string | undefined },
  rule: (take: Take, code: Code, slots: Slots, terms: Terms) => Decision<Receipt, Refusal>,
): Promise<Receipt> => {
  const request = requestOf(c, body);
  const located = await locate(mint, book, body.code, request.deadline);
  if (!located) return receiptOf<Receipt, Refusal>(c, refuse('code_not_valid'), refusals);
  const { code, terms } = located;
  const order = { shop: c.get('caller').subject, orderId: body.orderId };
  const { sku, invite } = body;
  const take = { code, order, buyer: pseudonym(body.buyer, buyerKey), sku, invite, at: request.at };
  const decision = await codes.take(
    code,
    take.buyer,
    terms,
    (state, slots) => rule(take, state, slots, terms),
    request,
  );
  return receiptOf(c, decision, refusals);
};
