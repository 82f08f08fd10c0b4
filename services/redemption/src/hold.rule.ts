import { type CodeHeld, codeHeld } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, turnId } from './code.ts';
import type { Refusal } from './refusals.ts';
import type { Slots } from './slots.ts';
import { ending, invitedBy, isForTheSame, ownHold, type Take, whyNot } from './take.rule.ts';
import type { Terms } from './terms.ts';

export interface HoldReceipt {
  status: 'held';
  holdId: string;
  orderId: string;
  campaignId: string;
  sku: string;
  heldAt: string;
  holdUntil: string;
}

const receipt = ({ holdId, order, campaignId, sku, heldAt, holdUntil }: CodeHeld['data']): HoldReceipt => ({
  status: 'held',
  holdId,
  orderId: order.orderId,
  campaignId,
  sku,
  heldAt,
  holdUntil,
});

/** Sets the code aside for an unpaid order. */
export const hold = (take: Take, code: Code, slots: Slots, terms: Terms): Decision<HoldReceipt, Refusal> => {
  // A retry must get the first answer, even after the campaign ended.
  const mine = ownHold(take, code);
  if (mine) return isForTheSame(take, mine) ? again(receipt(mine)) : refuse('order_conflict');
  const refused = whyNot(take, code, slots, terms);
  if (refused) return refuse(refused.refusal, refused.reasons);
  const held: CodeHeld['data'] = {
    ...take.code,
    campaignId: terms.campaignId,
    order: take.order,
    buyer: take.buyer,
    sku: take.sku,
    ...invitedBy(take),
    holdId: turnId('hold', take.code, code.turns + 1),
    heldAt: new Date(take.at).toISOString(),
    holdUntil: new Date(take.at + terms.holdSeconds * 1000).toISOString(),
  };
  return accept([...ending(take, code), codeHeld.of(held)], receipt(held));
};
