import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeReleased, codeSubject, type OrderRef } from '@fcode/events';
import type { Fact, Reason } from '@fcode/policy';
import { type Code, isOver, isTakeable, sameOrder } from './code.ts';
import type { Refusal } from './refusals.ts';
import { type Slots, takenByOthers } from './slots.ts';
import type { Terms } from './terms.ts';

/** An order wants the code. `at` in epoch ms. */
export interface Take {
  code: CodeNumber;
  order: OrderRef;
  buyer: string;
  sku: string;
  /** The invite link by which the buyer came, as the shop tells it; nothing here depends on it. */
  invite?: string | undefined;
  at: number;
}

/** Carried along, for whoever gives the credit. */
export const invitedBy = ({ invite }: { invite?: string | undefined }) => (invite === undefined ? {} : { invite });

const no = (refusal: Refusal, reason: Reason = { code: refusal }) => ({ refusal, reasons: [reason] });

/** Why the order may not have the code now; undefined when it may. Shared by hold, redeem and their dry run. */
export const whyNot = (
  take: Take,
  code: Code,
  slots: Slots,
  terms: Terms,
): { refusal: Refusal; reasons: Reason[] } | undefined => {
  const { order, at, sku } = take;
  if (code.status === 'redeemed') {
    return sameOrder(code.redemption.order, order) ? no('already_redeemed') : no('code_in_use', { code: 'redeemed' });
  }
  if (terms.status === 'closed') return no('campaign_closed');
  if (terms.status === 'paused') return no('campaign_paused');
  if (at < terms.startsAt)
    return no('campaign_not_open', { code: 'starts_at', at: new Date(terms.startsAt).toISOString() });
  if (at >= terms.endsAt) return no('campaign_ended', { code: 'ended_at', at: new Date(terms.endsAt).toISOString() });
  if (!terms.skus.includes(sku)) return no('sku_not_covered', { code: 'covers', skus: terms.skus });
  if (code.status === 'held' && !sameOrder(code.hold.order, order) && !isTakeable(code.hold.holdUntil, at)) {
    return no('code_in_use', { code: 'held', until: code.hold.holdUntil });
  }
  if (terms.buyerLimit > 0) {
    const taken = takenByOthers(slots, { code: codeSubject(take.code), order }, at).length;
    if (taken >= terms.buyerLimit)
      return no('buyer_limit_reached', { code: 'buyer_limit', limit: terms.buyerLimit, taken });
  }
  return undefined;
};

/** The end of the hold that stands in the way, where there is one: expired, and now taken. */
export const ending = ({ at }: Take, code: Code): Fact[] => {
  if (code.status !== 'held') return [];
  const { batch, index, campaignId, order, buyer, holdId } = code.hold;
  const releasedAt = new Date(at).toISOString();
  return [codeReleased.of({ batch, index, campaignId, order, buyer, holdId, cause: 'expired', releasedAt })];
};

/** The order's own hold, unless it is over. */
export const ownHold = ({ order, at }: Take, code: Code) =>
  code.status === 'held' && sameOrder(code.hold.order, order) && !isOver(code.hold.holdUntil, at)
    ? code.hold
    : undefined;

export const isForTheSame = (take: Take, hold: { buyer: string; sku: string }): boolean =>
  hold.buyer === take.buyer && hold.sku === take.sku;
