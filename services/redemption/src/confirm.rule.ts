import type { CodeRef as CodeNumber } from '@fcode/codes';
import {
  type CodeHoldLost,
  type CodeRedeemed,
  codeHoldLost,
  codeRedeemed,
  codeReleased,
  codeSubject,
  type OrderRef,
} from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, holdOf, isForgotten, isOver, turnId } from './code.ts';
import { type Uses, usedOf } from './limits.ts';
import { type RedeemReceipt, redeemReceipt } from './redemption.ts';
import type { Refusal } from './refusals.ts';
import { invitedBy } from './take.rule.ts';
import type { Terms } from './terms.ts';

/** The order that holds the code is paid. `at` in epoch ms. */
export interface Confirm {
  code: CodeNumber;
  holdId: string;
  order: OrderRef;
  at: number;
}

/**
 * Makes the held code the order's own. However late: until somebody else has taken the code, the hold counts, whatever
 * became of the campaign meanwhile, unless ops have killed it. When it is too late, the paid order is recorded as one that
 * lost its hold, once.
 */
export const confirm = (
  { code: number, holdId, order, at }: Confirm,
  code: Code,
  terms: Terms,
  uses: Uses,
): Decision<RedeemReceipt, Refusal> => {
  const { campaignId } = terms;
  const now = new Date(at).toISOString();
  const lostBy = (cause: CodeHoldLost['data']['cause']) =>
    codeHoldLost.of({ ...number, campaignId, order, holdId, cause, lostAt: now });
  const { past, isMine, cancelled } = holdOf(code, holdId, order);
  if (code.status === 'redeemed' && isMine(code.redemption)) return again(redeemReceipt(code.redemption));
  if (code.status === 'held' && isMine(code.hold)) {
    if (terms.status === 'killed' || terms.isRevoked) {
      return refuse('hold_lost', [{ code: 'hold_revoked' }], past?.lost ? [] : [lostBy('revoked')]);
    }
    const { buyer, sku, holdId: held, holdUntil } = code.hold;
    // The hold had expired, and another code took the slot: one of the two must go without.
    const full = usedOf(uses, { code: codeSubject(number), order }, terms, at).find(({ isFull }) => isFull);
    if (full) {
      const released = {
        ...number,
        campaignId,
        order,
        buyer,
        holdId: held,
        cause: 'expired' as const,
        releasedAt: now,
      };
      return refuse('hold_lost', [full.reason], [codeReleased.of(released), lostBy(full.reason.code)]);
    }
    const reasons = [{ code: isOver(holdUntil, at) ? 'hold_over' : 'held', until: holdUntil }];
    const redeemed: CodeRedeemed['data'] = {
      ...number,
      campaignId,
      redemptionId: turnId('rdm', number, code.turns),
      order,
      buyer,
      sku,
      ...invitedBy(code.hold),
      ...(code.hold.effect === undefined ? {} : { effect: code.hold.effect }),
      ...(code.hold.day === undefined ? {} : { day: code.hold.day }),
      holdId: held,
      redeemedAt: now,
      receipt: { termsVersion: terms.version, reasons },
    };
    return accept([codeRedeemed.of(redeemed)], redeemReceipt(redeemed), reasons);
  }
  if (cancelled) return refuse('order_cancelled', [{ code: 'order_cancelled', at: cancelled.cancelledAt }]);
  if (!past && !isForgotten(code, holdId)) return refuse('hold_not_found');
  const { ended, endedAt, lost } = past ?? { ended: 'expired' as const, endedAt: now, lost: false };
  return refuse('hold_lost', [{ code: `hold_${ended}`, at: endedAt }], lost ? [] : [lostBy(ended)]);
};
