import { type CodeRedeemed, codeRedeemed } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Code, sameOrder, turnId } from './code.ts';
import type { Uses } from './limits.ts';
import { type RedeemReceipt, redeemReceipt } from './redemption.ts';
import type { Refusal } from './refusals.ts';
import { dayFor, effectFor, ending, type Take, whyNot, whyYes } from './take.rule.ts';
import type { Terms } from './terms.ts';

/** Ops give a code to a paid order that had lost its hold. */
export interface Reissue extends Take {
  goodwill: { by: string; reason: string; holdId: string };
}

/**
 * Makes a code that ops have, such as one of a grant, the order's own: whatever the campaign's calendar says by now, and
 * within its limits, of which the lost hold uses nothing any more.
 */
export const reissue = (
  { goodwill, ...take }: Reissue,
  code: Code,
  terms: Terms,
  uses: Uses,
): Decision<RedeemReceipt, Refusal> => {
  if (code.status === 'redeemed' && sameOrder(code.redemption.order, take.order)) {
    return again(redeemReceipt(code.redemption));
  }
  const status = terms.status === 'killed' ? 'killed' : 'published';
  const open = { ...terms, status, startsAt: take.at, endsAt: Number.POSITIVE_INFINITY } as const;
  const refused = whyNot({ ...take, byOps: true }, code, open, uses);
  if (refused) return refuse(refused.refusal, refused.reasons);
  const reasons = [{ code: 'goodwill', holdId: goodwill.holdId }, ...whyYes(take, code, terms, uses)];
  const redeemed: CodeRedeemed['data'] = {
    ...take.code,
    campaignId: terms.campaignId,
    redemptionId: turnId('rdm', take.code, code.turns + 1),
    order: take.order,
    buyer: take.buyer,
    sku: take.sku,
    ...effectFor(take, terms),
    ...dayFor(take, terms),
    redeemedAt: new Date(take.at).toISOString(),
    receipt: { termsVersion: terms.version, reasons },
    goodwill,
  };
  return accept([...ending(take, code), codeRedeemed.of(redeemed)], redeemReceipt(redeemed), reasons);
};
