import { type CodeHeld, codeHeld } from '@fcode/events';
import { type Applied, accept, again, type Decided, type Decision, decided, refuse } from '@fcode/policy';
import { type Code, turnId } from './code.ts';
import type { Uses } from './limits.ts';
import { applied } from './receipt.ts';
import type { Refusal } from './refusals.ts';
import { dayFor, effectFor, ending, invitedBy, isForTheSame, ownHold, type Take, whyNot, whyYes } from './take.rule.ts';
import type { Terms } from './terms.ts';

export interface HoldReceipt {
  status: 'held';
  holdId: string;
  orderId: string;
  campaignId: string;
  sku: string;
  heldAt: string;
  holdUntil: string;
  effect: Applied;
  decision: Decided;
}

export const holdReceipt = ({
  holdId,
  order,
  campaignId,
  sku,
  heldAt,
  holdUntil,
  effect,
  receipt,
}: CodeHeld['data']): HoldReceipt => ({
  status: 'held',
  holdId,
  orderId: order.orderId,
  campaignId,
  sku,
  heldAt,
  holdUntil,
  effect: applied(effect),
  decision: decided(receipt),
});

/** Sets the code aside for an unpaid order. */
export const hold = (take: Take, code: Code, terms: Terms, uses: Uses): Decision<HoldReceipt, Refusal> => {
  // A retry must get the first answer, even after the campaign ended.
  const mine = ownHold(take, code);
  if (mine)
    return isForTheSame(take, mine)
      ? again(holdReceipt(mine), [{ code: 'held', until: mine.holdUntil }])
      : refuse('order_conflict');
  const refused = whyNot(take, code, terms, uses);
  if (refused) return refuse(refused.refusal, refused.reasons);
  const reasons = whyYes(take, code, terms, uses);
  const held: CodeHeld['data'] = {
    ...take.code,
    campaignId: terms.campaignId,
    order: take.order,
    buyer: take.buyer,
    sku: take.sku,
    ...invitedBy(take),
    ...effectFor(take, terms),
    ...dayFor(take, terms),
    holdId: turnId('hold', take.code, code.turns + 1),
    heldAt: new Date(take.at).toISOString(),
    holdUntil: new Date(take.at + terms.holdSeconds * 1000).toISOString(),
    receipt: { termsVersion: terms.version, reasons },
  };
  return accept([...ending(take, code), codeHeld.of(held)], holdReceipt(held), reasons);
};
