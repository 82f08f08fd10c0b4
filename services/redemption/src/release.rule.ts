import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeReleased, type OrderRef } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, holdOf, isForgotten } from './code.ts';
import type { Refusal } from './refusals.ts';

/** The payment was declined or the order given up. `at` in epoch ms. */
export interface Release {
  code: CodeNumber;
  holdId: string;
  order: OrderRef;
  reason?: string | undefined;
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
  const { past, isMine, cancelled } = holdOf(code, holdId, order);
  if (code.status === 'held' && isMine(code.hold)) {
    const { buyer, holdId: held } = code.hold;
    const releasedAt = new Date(at).toISOString();
    const fact = codeReleased.of({
      ...number,
      campaignId,
      order,
      buyer,
      holdId: held,
      cause: 'released',
      ...(reason === undefined ? {} : { reason }),
      releasedAt,
    });
    return accept([fact], receipt(releasedAt));
  }
  if (code.status === 'redeemed' && isMine(code.redemption)) return refuse('already_redeemed');
  // What is cancelled is given back too.
  if (cancelled) return again(receipt(cancelled.cancelledAt));
  // Released before, or expired and taken: either way the order has it no more, which is what was asked.
  if (past) return again(receipt(past.endedAt));
  return isForgotten(code, holdId) ? again(receipt(new Date(at).toISOString())) : refuse('hold_not_found');
};
