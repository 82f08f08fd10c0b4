import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeCancelled, type OrderRef } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, sameOrder } from './code.ts';
import type { Refusal } from './refusals.ts';

/** A paid order is cancelled as a whole. `at` in epoch ms. */
export interface Cancel {
  code: CodeNumber;
  redemptionId: string;
  order: OrderRef;
  reason?: string | undefined;
  at: number;
}

export interface CancelReceipt {
  status: 'cancelled';
  redemptionId: string;
  orderId: string;
  cancelledAt: string;
}

/** Gives a used code back: from here on it is anybody's again who has it, and the order's answers stay what they were. */
export const cancel = (
  { code: number, redemptionId, order, reason, at }: Cancel,
  code: Code,
  { campaignId }: { campaignId: string },
): Decision<CancelReceipt, Refusal> => {
  const receipt = (cancelledAt: string): CancelReceipt => ({
    status: 'cancelled',
    redemptionId,
    orderId: order.orderId,
    cancelledAt,
  });
  const isIt = (one: { redemptionId: string; order: OrderRef }) =>
    one.redemptionId === redemptionId && sameOrder(one.order, order);
  if (code.status === 'redeemed' && isIt(code.redemption)) {
    const cancelledAt = new Date(at).toISOString();
    const { buyer } = code.redemption;
    const why = reason === undefined ? {} : { reason };
    return accept(
      [codeCancelled.of({ ...number, campaignId, redemptionId, order, buyer, ...why, cancelledAt })],
      receipt(cancelledAt),
    );
  }
  const before = code.cancelled?.find(isIt);
  return before ? again(receipt(before.cancelledAt)) : refuse('redemption_not_found');
};
