import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeHoldLost, codeRedeemed, codeReleased, codeSubject, type OrderRef } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, holdOf, isForgotten, turnId } from './code.ts';
import { type RedeemReceipt, redeemReceipt } from './redemption.ts';
import type { Refusal } from './refusals.ts';
import { type Slots, takenByOthers } from './slots.ts';
import { invitedBy } from './take.rule.ts';

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
  const { past, isMine } = holdOf(code, holdId, order);
  if (code.status === 'redeemed' && isMine(code.redemption)) return again(redeemReceipt(code.redemption));
  if (code.status === 'held' && isMine(code.hold)) {
    const { buyer, sku, holdId: held } = code.hold;
    const others = buyerLimit > 0 ? takenByOthers(slots, { code: codeSubject(number), order }, at) : [];
    // The hold had expired, and the buyer's other order took the slot: one of the two must go without.
    if (buyerLimit > 0 && others.length >= buyerLimit) {
      return refuse(
        'hold_lost',
        [{ code: 'buyer_limit', limit: buyerLimit, taken: others.length }],
        [
          codeReleased.of({ ...number, campaignId, order, buyer, holdId: held, cause: 'expired', releasedAt: now }),
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
      ...invitedBy(code.hold),
      holdId: held,
      redeemedAt: now,
    };
    return accept([codeRedeemed.of(redeemed)], redeemReceipt(redeemed));
  }
  if (!past && !isForgotten(code, holdId)) return refuse('hold_not_found');
  const { ended, endedAt, lost } = past ?? { ended: 'expired' as const, endedAt: now, lost: false };
  const told = codeHoldLost.of({ ...number, campaignId, order, holdId, cause: ended, lostAt: now });
  return refuse('hold_lost', [{ code: `hold_${ended}`, at: endedAt }], lost ? [] : [told]);
};
