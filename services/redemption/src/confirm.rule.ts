import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeHoldLost, codeRedeemed, codeReleased, codeSubject, type OrderRef } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, sameOrder, turnId } from './code.ts';
import { type RedeemReceipt, redeemReceipt } from './redeem.rule.ts';
import type { Refusal } from './refusals.ts';
import { type Slots, takenByOthers } from './slots.ts';

/** The order that holds the code is paid. `at` in epoch ms. */
export interface Confirm {
  code: CodeNumber;
  holdId: string;
  order: OrderRef;
  at: number;
}

/**
 * Makes the held code the order's own. However late: until somebody else has taken the code, the hold counts, whatever
 * became of the campaign meanwhile. When it is too late, the paid order is recorded as one that lost its hold, once.
 */
export const confirm = (
  { code: number, holdId, order, at }: Confirm,
  code: Code,
  slots: Slots,
  { campaignId, buyerLimit }: { campaignId: string; buyerLimit: number },
): Decision<RedeemReceipt, Refusal> => {
  const now = new Date(at).toISOString();
  if (code.status === 'redeemed' && code.redemption.holdId === holdId && sameOrder(code.redemption.order, order)) {
    return again(redeemReceipt(code.redemption));
  }
  if (code.status === 'held' && code.hold.holdId === holdId && sameOrder(code.hold.order, order)) {
    const { buyer, sku } = code.hold;
    const others = buyerLimit > 0 ? takenByOthers(slots, { code: codeSubject(number), order }, at) : [];
    // The hold had expired, and the buyer's other order took the slot: one of the two must go without.
    if (buyerLimit > 0 && others.length >= buyerLimit) {
      return refuse(
        'hold_lost',
        [{ code: 'buyer_limit', limit: buyerLimit, taken: others.length }],
        [
          codeReleased.of({ ...number, campaignId, order, buyer, holdId, cause: 'expired', releasedAt: now }),
          codeHoldLost.of({ ...number, campaignId, order, holdId, cause: 'buyer_limit', lostAt: now }),
        ],
      );
    }
    const redeemed = {
      ...number,
      campaignId,
      redemptionId: turnId('rdm', number, code.turns),
      order,
      buyer,
      sku,
      holdId,
      redeemedAt: now,
    };
    return accept([codeRedeemed.of(redeemed)], redeemReceipt(redeemed));
  }
  const past = code.past.find((hold) => hold.holdId === holdId && sameOrder(hold.order, order));
  if (!past) return refuse('hold_not_found');
  const reasons = [{ code: `hold_${past.ended}`, at: past.endedAt }];
  const told = codeHoldLost.of({ ...number, campaignId, order, holdId, cause: past.ended, lostAt: now });
  return refuse('hold_lost', reasons, past.lost ? [] : [told]);
};
