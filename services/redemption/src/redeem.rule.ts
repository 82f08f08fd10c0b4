import { type CodeRedeemed, codeRedeemed } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, sameOrder, turnId } from './code.ts';
import { confirm } from './confirm.rule.ts';
import type { Uses } from './limits.ts';
import { type RedeemReceipt, redeemReceipt } from './redemption.ts';
import type { Refusal } from './refusals.ts';
import { dayFor, effectFor, ending, invitedBy, isForTheSame, ownHold, type Take, whyNot, whyYes } from './take.rule.ts';
import type { Terms } from './terms.ts';

/** Hold and confirm in one step, for a shop whose payment is already made. */
export const redeem = (take: Take, code: Code, terms: Terms, uses: Uses): Decision<RedeemReceipt, Refusal> => {
  if (code.status === 'redeemed' && sameOrder(code.redemption.order, take.order)) {
    return isForTheSame(take, code.redemption) ? again(redeemReceipt(code.redemption)) : refuse('order_conflict');
  }
  const mine = ownHold(take, code);
  if (mine && !isForTheSame(take, mine)) return refuse('order_conflict');
  // The order's own hold is as good here as it is in confirm, and has the same ends.
  if (mine) return confirm({ code: take.code, holdId: mine.holdId, order: take.order, at: take.at }, code, terms, uses);
  // What comes late must not buy again for an order that is given up. One that is taken up again holds the code first.
  const cancelled = code.cancelled?.findLast(({ order }) => sameOrder(order, take.order));
  if (cancelled) return refuse('order_cancelled', [{ code: 'order_cancelled', at: cancelled.cancelledAt }]);
  const refused = whyNot(take, code, terms, uses);
  if (refused) return refuse(refused.refusal, refused.reasons);
  const reasons = whyYes(take, code, terms, uses);
  const redeemed: CodeRedeemed['data'] = {
    ...take.code,
    campaignId: terms.campaignId,
    redemptionId: turnId('rdm', take.code, code.turns + 1),
    order: take.order,
    buyer: take.buyer,
    sku: take.sku,
    ...invitedBy(take),
    ...effectFor(take, terms),
    ...dayFor(take, terms),
    redeemedAt: new Date(take.at).toISOString(),
    receipt: { termsVersion: terms.version, reasons },
  };
  return accept([...ending(take, code), codeRedeemed.of(redeemed)], redeemReceipt(redeemed), reasons);
};
