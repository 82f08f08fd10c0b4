import { pointsSpent } from '@fcode/events';
import { accept, again, type Decision, type Ladder, refuse, scoreAt, type Tier, tierAt, weightOf } from '@fcode/policy';
import { badgesOf, balanceOf, type Member, memberRef, sidesOf, standingFacts } from './member.ts';
import type { InList, Purchase } from './purchase.ts';

/** A member wants a code for points, at `at` (epoch ms). Whether the campaign has one, issuance says later. */
export interface Buy {
  memberId: string;
  /** Derived from the request's key: the same wish is the same purchase. */
  purchaseId: string;
  campaignId: string;
  /** Where the member lives, as the identity provider says; empty where it does not. */
  region: string;
  at: number;
}

export interface BuyReceipt {
  purchaseId: string;
  campaignId: string;
  points: number;
  spentAt: string;
}

export type BuyRefusal = 'nothing_for_sale' | 'score_too_low';

/**
 * Takes the price off the score, as a ledger entry that weighs what as many points earned at this instant would. Both are whole
 * millionths, so "enough" has no rounding in it, and a score is never below zero by what is bought.
 */
export const buy = (
  { memberId, purchaseId, campaignId, region, at }: Buy,
  ladder: Ladder,
  member: Member,
  purchase: Purchase,
  _inList: InList,
): Decision<BuyReceipt, BuyRefusal | 'idempotency_key_reused'> => {
  if (purchase.status !== 'none') {
    if (purchase.campaignId !== campaignId) return refuse('idempotency_key_reused');
    return again(receiptFrom(purchase));
  }
  const { policy } = ladder;
  if (!policy.prices) return refuse('nothing_for_sale', [{ code: 'nothing_for_sale', policy: policy.version }]);
  const points = policy.prices.code;
  const weight = weightOf(policy, points, at);
  const balance = balanceOf(member);
  if (balance < weight) {
    const why = { code: 'score_too_low', price: points, score: scoreAt(member, at), policy: policy.version };
    return refuse('score_too_low', [why]);
  }
  const spent = {
    memberId,
    purchaseId,
    campaignId,
    points,
    spentAt: new Date(at).toISOString(),
    weight: String(weight),
    ...(region === '' ? {} : { region }),
  };
  const { S, owed } = sidesOf(balance - weight);
  const { pins, told } = member;
  const next = { memberId, S, owed, pins, badges: badgesOf(member), told, at };
  return accept([pointsSpent.of(spent), ...standingFacts(next, ladder, 'score')], receiptFrom(spent));
};

/** What a code costs a member now, in points, and the score and tier that would be left; no `after` where the score is too low. */
export interface Price {
  points: number;
  after?: { score: number; tier: Tier };
}

/** Asks the rule above without buying, at `at` (epoch ms); undefined where nothing is for sale. */
export const priceNow = (memberId: string, ladder: Ladder, member: Member, at: number): Price | undefined => {
  const { prices } = ladder.policy;
  if (!prices) return undefined;
  const wish = { memberId, purchaseId: '', campaignId: '', region: '', at };
  const decision = buy(wish, ladder, member, { status: 'none' }, { purchaseId: '' });
  if (decision.outcome !== 'accepted') return { points: prices.code };
  const left = decision.facts.reduce(memberRef(memberId).evolve, member);
  return { points: prices.code, after: { score: scoreAt(left, at), tier: tierAt(ladder, left, at).tier } };
};

const receiptFrom = ({ purchaseId, campaignId, points, spentAt }: BuyReceipt): BuyReceipt => ({
  purchaseId,
  campaignId,
  points,
  spentAt,
});
