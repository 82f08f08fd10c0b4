import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeRefunded, type OrderRef } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, sameOrder } from './code.ts';
import type { Refusal } from './refusals.ts';

/** Lines of a paid order came back; amounts in minor units of the currency. `at` in epoch ms. */
export interface Return {
  code: CodeNumber;
  redemptionId: string;
  order: OrderRef;
  /** As the shop names this return: told again, it counts once. */
  returnId: string;
  /** What is given back for it. */
  refunded: number;
  /** What was paid for what the code was used for. */
  paid: number;
  currency: string;
  at: number;
}

export interface ReturnReceipt {
  status: 'refunded';
  redemptionId: string;
  orderId: string;
  returnId: string;
  /** All that was given back by then. */
  refunded: number;
  paid: number;
  currency: string;
  refundedAt: string;
}

const returnsAtMost = 32;

/** The code stays used; whoever was rewarded for the purchase keeps as much of it as the buyer kept. */
export const giveBack = (
  { code: number, redemptionId, order, returnId, refunded: amount, paid, currency, at }: Return,
  code: Code,
  { campaignId }: { campaignId: string },
): Decision<ReturnReceipt, Refusal> => {
  const isIt = (one: { redemptionId: string; order: OrderRef }) =>
    one.redemptionId === redemptionId && sameOrder(one.order, order);
  const cancelled = code.cancelled?.find(isIt);
  if (cancelled) return refuse('order_cancelled', [{ code: 'order_cancelled', at: cancelled.cancelledAt }]);
  if (code.status !== 'redeemed' || !isIt(code.redemption)) return refuse('redemption_not_found');
  const { refunds, buyer } = code.redemption;
  const told = { status: 'refunded' as const, redemptionId, orderId: order.orderId, returnId };
  const isSame = refunds?.paid === paid && refunds.currency === currency;
  const position = refunds?.returns.findIndex((one) => one.returnId === returnId) ?? -1;
  const before = refunds?.returns[position];
  if (refunds && before) {
    if (!isSame || before.amount !== amount) return refuse('refund_differs');
    const refunded = refunds.returns.slice(0, position + 1).reduce((sum, one) => sum + one.amount, 0);
    return again({ ...told, refunded, paid, currency, refundedAt: before.refundedAt });
  }
  if (refunds && !isSame) {
    return refuse('refund_differs', [{ code: 'paid', paid: refunds.paid, currency: refunds.currency }]);
  }
  if ((refunds?.returns.length ?? 0) >= returnsAtMost) return refuse('too_many_returns');
  const refunded = (refunds?.refunded ?? 0) + amount;
  if (refunded > paid) return refuse('refund_exceeds_paid', [{ code: 'refunded', refunded, paid, currency }]);
  const refundedAt = new Date(at).toISOString();
  const rest = { returnId, refunded, paid, currency, refundedAt };
  return accept([codeRefunded.of({ ...number, campaignId, redemptionId, order, buyer, ...rest })], {
    ...told,
    refunded,
    paid,
    currency,
    refundedAt,
  });
};
