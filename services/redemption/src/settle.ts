import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { OrderRef } from '@fcode/events';
import { type AppEnv, type Context, receiptOf, requestOf } from '@fcode/http';
import { type Decision, refuse } from '@fcode/policy';
import type { Checkout } from './checkout.ts';
import { type Code, codeOfTurn } from './code.ts';
import type { Uses } from './limits.ts';
import { type Refusal, refusals } from './refusals.ts';
import type { Terms } from './terms.ts';

type Command<Body> = Omit<Body, 'orderId'> & { code: CodeNumber; order: OrderRef; at: number };

/**
 * What an order's commands about its hold or its redemption have in common: find the code by the id, ask the rule, answer
 * with the receipt. `notFound`: the refusal where the id is of no code.
 */
export const settleBy = async <Body extends { orderId: string }, Receipt>(
  c: Context<AppEnv>,
  { book, codes }: Checkout,
  id: string,
  body: Body,
  rule: (command: Command<Body>, code: Code, terms: Terms, uses: Uses) => Decision<Receipt, Refusal>,
  notFound: Refusal,
): Promise<Receipt> => {
  const request = requestOf(c, body);
  const code = codeOfTurn(id);
  const terms = code && (await book.find(code.batch, request.deadline));
  if (!terms) return receiptOf<Receipt, Refusal>(c, refuse(notFound), refusals);
  const { orderId, ...rest } = body;
  const command = { ...rest, code, order: { shop: c.get('caller').subject, orderId }, at: request.at };
  const decision = await codes.settle(code, terms, (state, uses) => rule(command, state, terms, uses), request);
  return receiptOf(c, decision, refusals);
};
