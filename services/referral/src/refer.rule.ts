import { type CodeRedeemed, type LinkCreated, referralMade, rewardPending } from '@fcode/events';
import { accept, again, type Decision, type Fact, type Policy, refuse } from '@fcode/policy';
import type { Batch, Claim, Known } from './known.ts';
import {
  type Outcome,
  type Purchase,
  purchaseParked,
  purchaseSettled,
  purchaseUndone,
  type Undoing,
  undoneOf,
  type Waiting,
} from './purchase.ts';
import { type Referral, referralRef, rootNoted } from './referral.ts';
import { undoing, vesting } from './reward.rule.ts';

/** Who invited the buyer, and how. */
export interface Credit {
  inviter: string;
  via: 'code' | 'link';
  linkId?: string;
  channel?: LinkCreated['data']['channel'];
}

/**
 * Who is to be credited with a purchase: whose code it was, since who gives a code away gives a right to buy, or else whose
 * link of this campaign the buyer came by. Nobody is credited with buying for oneself. `unknown` while the code may still
 * turn out to be somebody's.
 */
export const creditOf = (
  { buyer, campaignId }: CodeRedeemed['data'],
  { claim, batch, link }: { claim: Known<Claim>; batch: Known<Batch>; link: LinkCreated['data'] | undefined },
): Credit | 'unknown' | Extract<Outcome, 'uninvited' | 'self'> => {
  if (!claim.known && (!batch.known || batch.known.isClaimable)) return 'unknown';
  const isBuyer = (memberId: string | undefined) => memberId !== undefined && buyer === `m:${memberId}`;
  const owner = claim.known?.memberId;
  const invitation = link?.campaignId === campaignId ? link : undefined;
  const by = invitation ? { linkId: invitation.linkId, channel: invitation.channel } : {};
  if (owner !== undefined && !isBuyer(owner)) {
    return { inviter: owner, via: 'code', ...(invitation?.memberId === owner ? by : {}) };
  }
  if (invitation && !isBuyer(invitation.memberId)) return { inviter: invitation.memberId, via: 'link', ...by };
  return owner !== undefined || invitation ? 'self' : 'uninvited';
};

/** How long a purchase may be parked before it is reported, each time. */
export const reportAfterMs = 10 * 60_000;

/** Puts a purchase aside until it is known whose code it was. `known_now` when that became known meanwhile. */
export const park = (
  redemption: CodeRedeemed['data'],
  at: number,
  purchase: Purchase,
  claim: Known<Claim>,
  batch: Known<Batch>,
  _waiting: Waiting,
): Decision<object, 'known_now'> => {
  if (purchase.status === 'parked' || purchase.status === 'settled') return again({});
  if (claim.known || (batch.known && !batch.known.isClaimable)) return refuse('known_now');
  return accept([purchaseParked(redemption, at + reportAfterMs)], {});
};

/** Keeps what undoes a purchase with it until it is settled; `settled` when it is: see `undo`. `at` in epoch ms. */
export const foresee = (heard: Undoing, at: number, purchase: Purchase): Decision<object, 'settled'> => {
  if (purchase.status === 'settled') return refuse('settled');
  const { isCancelled, returned } = undoneOf(purchase);
  const isNew = 'returned' in heard ? heard.returned.refunded > (returned?.refunded ?? 0) : !isCancelled;
  return isNew ? accept([purchaseUndone(heard, at + reportAfterMs)], {}) : again({});
};

/** A purchase that makes no referral. */
export const settle = (outcome: Exclude<Outcome, 'referred'>, purchase: Purchase): Decision<object, never> =>
  purchase.status === 'settled' ? again({}) : accept([purchaseSettled(outcome)], {});

/** A purchase that makes its buyer the inviter's. `at` in epoch ms. */
export interface Refer {
  redemption: CodeRedeemed['data'];
  credit: Credit;
  referralId: string;
  /** Who stands at the top above the inviter, the inviter too when nobody does. */
  root: string;
  at: number;
}

/**
 * Writes the edge, once for good. It closes no cycle: the buyer, who has no inviter yet, could only be an ancestor of the
 * inviter as the root above it, and the root is somebody else and still one in this very transaction. Edges never change, so
 * nothing between them needs to be looked at.
 *
 * A purchase that is undone already makes its referral too, and its reward ends as if it had been undone afterwards: which of
 * the two is heard first is chance, and must not decide who invited whom.
 */
export const refer = (
  { redemption, credit, referralId, root, at }: Refer,
  policy: Policy,
  friend: Referral,
  rootsOwn: Referral,
  purchase: Purchase,
): Decision<object, 'moved'> => {
  if (purchase.status === 'settled') return again({});
  if (friend.status === 'made' || rootsOwn.status === 'made') return refuse('moved');
  const { batch, index, campaignId, redemptionId, buyer, redeemedAt } = redemption;
  const { inviter, via, linkId, channel } = credit;
  const { points, vestsAfterHours } = policy.rewards.referral;
  const about = {
    referralId,
    inviter,
    campaignId,
    redemptionId,
    batch,
    index,
    ...(channel === undefined ? {} : { channel }),
  };
  const reward = { rewardId: `reward:${redemptionId}:1`, ...about, points };
  const vestsAt = Date.parse(redeemedAt) + vestsAfterHours * 3_600_000;
  const made = { ...about, invitee: buyer, via, ...(linkId === undefined ? {} : { linkId }), madeAt: redeemedAt };
  const facts: Fact[] = [
    referralMade.of(made),
    rootNoted(root),
    rewardPending.of({ ...reward, vestsAt: new Date(vestsAt).toISOString() }),
  ];
  const soFar = () => facts.reduce(referralRef(referralId).evolve, friend);
  facts.push(...undoing(undoneOf(purchase), at, soFar()));
  if (vestsAfterHours === 0) facts.push(...vesting(at, soFar()));
  return accept([...facts, purchaseSettled('referred')], {});
};
