import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeReleased, type OrderRef } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, sameOrder } from './code.ts';
import type { Refusal } from './refusals.ts';

/** The payment was declined or the order given up. `at` in epoch ms. */
export interface Release {
  code: CodeNumber;
  holdId: string;
  order: OrderRef;
  reason?: string;
  at: number;
}

export interface ReleaseReceipt {
  status: 'released';
  holdId: string;
  orderId: string;
  releasedAt: string;
}

/** Gives the code back at once. */
export const release = (
  { code: number, holdId, order, reason, at }: Release,
  code: Code,
  { campaignId }: { campaignId: string },
): Decision<ReleaseReceipt, Refusal> => {
  const receipt = (releasedAt: string): ReleaseReceipt => ({
    status: 'released',
    holdId,
    orderId: order.orderId,
    releasedAt,
  });
  if (code.status === 'held' && code.hold.holdId === holdId && sameOrder(code.hold.order, order)) {
    const { buyer } = code.hold;
    const releasedAt = new Date(at).toISOString();
    const fact = codeReleased.of({
      ...number,
      campaignId,
      order,
      buyer,
      holdId,
      cause: 'released',
      ...(reason === undefined ? {} : { reason }),
      releasedAt,
    });
    return accept([fact], receipt(releasedAt));
  }
  if (code.status === 'redeemed' && code.redemption.holdId === holdId && sameOrder(code.redemption.order, order)) {
    return refuse('already_redeemed');
  }
  // Released before, or expired and taken: either way the order has it no more, which is what was asked.
  const past = code.past.find((hold) => hold.holdId === holdId && sameOrder(hold.order, order));
  return past ? again(receipt(past.endedAt)) : refuse('hold_not_found');
};
