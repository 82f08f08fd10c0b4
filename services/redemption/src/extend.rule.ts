import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeHoldExtended, codeSubject, type OrderRef } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, holdOf, isOver } from './code.ts';
import { type HoldReceipt, holdReceipt } from './hold.rule.ts';
import { type Uses, usedOf } from './limits.ts';
import type { Refusal } from './refusals.ts';
import type { Terms } from './terms.ts';

/** The payment of the order that holds the code is pending. `at` in epoch ms. */
export interface Extend {
  code: CodeNumber;
  holdId: string;
  order: OrderRef;
  at: number;
}

/**
 * Lets the hold begin anew, once: from now on it lasts as long as a hold of its campaign does. Like a payment, it comes in
 * time until somebody else has taken the code.
 */
export const extend = (
  { code: number, holdId, order, at }: Extend,
  code: Code,
  terms: Terms,
  uses: Uses,
): Decision<HoldReceipt, Refusal> => {
  const { past, isMine, cancelled } = holdOf(code, holdId, order);
  if (code.status === 'redeemed' && isMine(code.redemption)) return refuse('already_redeemed');
  if (code.status === 'held' && isMine(code.hold)) {
    if (terms.status === 'killed' || terms.isRevoked) return refuse('hold_ended', [{ code: 'hold_revoked' }]);
    const { buyer, holdId: held, holdUntil: until, extendedAt } = code.hold;
    if (extendedAt !== undefined) {
      const first = code.hold;
      return isOver(until, at) ? refuse('extension_used', [{ code: 'held', until }]) : again(holdReceipt(first));
    }
    const full = usedOf(uses, { code: codeSubject(number), order }, terms, at).find(({ isFull }) => isFull);
    if (full) return refuse(`${full.scope}_limit_reached`, [full.reason]);
    const now = new Date(at).toISOString();
    const holdUntil = new Date(at + terms.holdSeconds * 1000).toISOString();
    const { campaignId } = code.hold;
    const fact = codeHoldExtended.of({
      ...number,
      campaignId,
      order,
      buyer,
      holdId: held,
      holdUntil,
      extendedAt: now,
    });
    return accept([fact], holdReceipt({ ...code.hold, holdUntil }));
  }
  if (cancelled) return refuse('order_cancelled', [{ code: 'order_cancelled', at: cancelled.cancelledAt }]);
  return past ? refuse('hold_ended', [{ code: `hold_${past.ended}`, at: past.endedAt }]) : refuse('hold_not_found');
};
