import type { CodeRef as CodeNumber } from '@fcode/codes';
import { codeReleased, codeSubject, type OrderRef } from '@fcode/events';
import {
  dayOf,
  effectOn,
  type Fact,
  failedIn,
  isWithin,
  type Money,
  type OrderSubject,
  type Reason,
} from '@fcode/policy';
import { memberBuyer, memberOf } from './buyer.ts';
import { type Code, isOver, isTakeable, passAt, sameOrder } from './code.ts';
import { type Uses, usedOf } from './limits.ts';
import type { Refusal } from './refusals.ts';
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
  /** What the code is used for costs, where the shop tells it. */
  price?: Money | undefined;
  /** Where it is to go, as the shop tells it. */
  region?: string | undefined;
  /** Ops ask: they are told what strangers are not. */
  byOps?: boolean;
}

/** Carried along, for whoever gives the credit. */
export const invitedBy = ({ invite }: { invite?: string | undefined }) => (invite === undefined ? {} : { invite });

interface No {
  refusal: Refusal;
  reasons: Reason[];
}

const no = (refusal: Refusal, reason: Reason = { code: refusal }): No => ({ refusal, reasons: [reason] });

/**
 * One refusal for every code that is somebody else's or nobody's any more: why, is told to ops and to the buyer whose it
 * is. Whoever tries texts learns nothing from it.
 */
const notUsable = ({ byOps, buyer }: Take, why: Reason, owner?: { buyer: string }): No =>
  no('code_not_usable', byOps || owner?.buyer === buyer ? why : { code: 'code_not_usable' });

/** Why the order may not have the code now; undefined when it may. Shared by hold, redeem and their dry run. */
export const whyNot = (take: Take, code: Code, terms: Terms, uses: Uses): No | undefined => {
  const { order, at, sku } = take;
  // What is somebody else's is so whatever its campaign says: the answer tells nothing of either.
  if (code.status === 'redeemed') {
    return sameOrder(code.redemption.order, order)
      ? no('already_redeemed')
      : notUsable(take, { code: 'redeemed', at: code.redemption.redeemedAt }, code.redemption);
  }
  if (code.status === 'revoked') return notUsable(take, { code: 'revoked', at: code.revokedAt });
  if (terms.isRevoked) return notUsable(take, { code: 'batch_revoked' });
  if (code.status === 'held' && !sameOrder(code.hold.order, order) && !isTakeable(code.hold.holdUntil, at)) {
    return notUsable(take, { code: 'held', until: code.hold.holdUntil }, code.hold);
  }
  const pass = passAt(code, at);
  if (pass && (pass.to === undefined || take.buyer !== memberBuyer(pass.to))) {
    const why = pass.to === undefined ? 'offered' : 'passed_on';
    return notUsable(take, { code: why, until: pass.until }, { buyer: memberBuyer(pass.from) });
  }
  if (terms.status !== 'published') return no(`campaign_${terms.status}`);
  if (at < terms.startsAt)
    return no('campaign_not_open', { code: 'starts_at', at: new Date(terms.startsAt).toISOString() });
  if (at >= terms.endsAt) return no('campaign_ended', { code: 'ended_at', at: new Date(terms.endsAt).toISOString() });
  if (!terms.skus.includes(sku)) return no('sku_not_covered', { code: 'covers', skus: terms.skus });
  if (!isWithin(take.region ?? '', terms.regions)) {
    return no('region_not_covered', { code: 'covers_regions', regions: terms.regions });
  }
  const failed = terms.eligible ? failedIn(terms.eligible.explain(subjectOf(take))) : '';
  if (failed !== '') return no('order_not_eligible', { code: 'condition_fails', failed });
  if (!effectOn(terms.effect, take.price)) return no('currency_not_covered');
  const full = usedOf(uses, { code: codeSubject(take.code), order }, terms, at).find(({ isFull }) => isFull);
  return full && no(`${full.scope}_limit_reached`, full.reason);
};

/** The order as conditions speak of it. */
const subjectOf = ({ order, buyer, sku, price, region = '', at }: Take): OrderSubject => ({
  member: memberOf(buyer) ?? '',
  region,
  order: { sku, amount: price?.amount ?? 0, currency: price?.currency ?? '', shop: order.shop },
  at: new Date(at),
});

/** The day on which the use counts, where a day's uses are limited. */
export const dayFor = ({ at }: Pick<Take, 'at'>, { dayLimit, timeZone }: Terms) =>
  dayLimit === 0 ? {} : { day: dayOf(at, timeZone) };

/** What the code does to the price, for as long as the order has it; nothing is kept where it does nothing. */
export const effectFor = ({ price }: Take, { effect }: Terms) => {
  const applied = effect.kind === 'none' ? undefined : effectOn(effect, price);
  return applied ? { effect: applied } : {};
};

/** Why the order gets the code: what it was, and how far limits were used. */
export const whyYes = ({ code: number, order, at }: Take, code: Code, terms: Terms, uses: Uses): Reason[] => [
  code.status === 'held' ? { code: 'hold_expired', at: code.hold.holdUntil } : { code: 'code_free' },
  ...usedOf(uses, { code: codeSubject(number), order }, terms, at).map(({ reason }) => reason),
];

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
