import { type AppEnv, type Context, receiptOf, requestOf } from '@fcode/http';
import { type Decision, type Money, refuse } from '@fcode/policy';
import type { Buyer } from './buyer.ts';
import type { Checkout } from './checkout.ts';
import type { Code } from './code.ts';
import { findFor } from './find.ts';
import type { Shopper } from './guesses.ts';
import type { Uses } from './limits.ts';
import { type Refusal, refusals } from './refusals.ts';
import { dayFor, type Take } from './take.rule.ts';
import type { Terms } from './terms.ts';

interface Wish {
  code: string;
  orderId: string;
  sku: string;
  buyer: Buyer;
  invite?: string | undefined;
  price?: Money | undefined;
  region?: string | undefined;
  shopper?: Shopper | undefined;
}

/** What hold and redeem have in common: find the code by its text, ask the rule, answer with the receipt. */
export const takeBy = async <Receipt>(
  c: Context<AppEnv>,
  checkout: Checkout,
  verb: 'hold' | 'redeem',
  body: Wish,
  rule: (take: Take, code: Code, terms: Terms, uses: Uses) => Decision<Receipt, Refusal>,
): Promise<Receipt> => {
  const { shopper: _, ...wish } = body;
  // A retry may come from another network.
  const request = requestOf(c, wish);
  const { located, buyer = '' } = await findFor(c, checkout, verb, body, request);
  if (!located) return receiptOf<Receipt, Refusal>(c, refuse('code_not_valid'), refusals);
  const { code, terms } = located;
  const order = { shop: c.get('caller').subject, orderId: body.orderId };
  const { sku, invite, price, region } = body;
  const take = { order, buyer, sku, invite, price, region, at: request.at };
  const decision = await checkout.codes.take(
    code,
    { ...take, ...dayFor(take, terms) },
    terms,
    (number, state, uses) => rule({ ...take, code: number }, state, terms, uses),
    request,
  );
  return receiptOf(c, decision, refusals);
};
