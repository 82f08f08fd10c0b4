import { createHash } from 'node:crypto';
import type { Ref } from '@fcode/dynamo';
import type { AnyFact, ReferralMade } from '@fcode/events';
import type { Fact } from '@fcode/policy';

/** What a referral earns its inviter. */
export interface Reward {
  rewardId: string;
  points: number;
  status: 'pending' | 'vested' | 'reversed';
  vestsAt: string;
  vestedAt?: string;
}

/**
 * The edge from inviter to invitee, written once, with its reward. `root` is who stood above the inviter, at the top, when
 * it was written: a way up that skips what lies between.
 */
export type Referral =
  | { status: 'none' }
  | { status: 'made'; made: ReferralMade['data']; root: string; reward?: Reward };

/** A fact of this service alone. */
export const rootNoted = (root: string): Fact => ({ type: 'root.noted', data: { root } });

/** A member as buyers are named. */
export const personOf = (memberId: string): string => `m:${memberId}`;

/** Of a buyer as redemption names it: whoever buys is referred once, and always under this id. */
export const referralIdOf = (buyer: string): string =>
  `ref_${createHash('sha256').update(buyer).digest('base64url').slice(0, 22)}`;
export const referralIdForm = /^ref_[\w-]{22}$/;

const evolve = (referral: Referral, fact: Fact): Referral => {
  if (fact.type === 'root.noted') {
    return referral.status === 'made' ? { ...referral, ...(fact.data as { root: string }) } : referral;
  }
  const { type, data } = fact as AnyFact;
  if (type === 'referral.made') return { status: 'made', made: data, root: '' };
  if (referral.status === 'none') return referral;
  switch (type) {
    case 'reward.pending': {
      const { rewardId, points, vestsAt } = data;
      return { ...referral, reward: { rewardId, points, status: 'pending', vestsAt } };
    }
    case 'reward.vested':
      return referral.reward
        ? { ...referral, reward: { ...referral.reward, status: 'vested', vestedAt: data.vestedAt } }
        : referral;
    case 'reward.reversed':
      return referral.reward ? { ...referral, reward: { ...referral.reward, status: 'reversed' } } : referral;
    default:
      return referral;
  }
};

export const referralPrefix = 'referral/';
export const referralRef = (referralId: string): Ref<Referral> => ({
  pk: `${referralPrefix}${referralId}`,
  sk: 'edge',
  initial: { status: 'none' },
  // The root's edge stands in the same transaction, and is not the one that is made.
  evolve: (referral, fact) => {
    const about = (fact.data as { referralId?: string }).referralId;
    return about === undefined || about === referralId ? evolve(referral, fact) : referral;
  },
  indexed: (referral) => {
    const pending = referral.status === 'made' && referral.reward?.status === 'pending';
    return { dueAt: pending ? Date.parse((referral.reward as Reward).vestsAt) : undefined };
  },
});

/** An inviter's referrals, in the order in which friends bought. */
export interface Made {
  referralId?: string;
}
export const inviterPartition = (memberId: string): string => `inviter/${memberId}`;
export const madePrefix = 'made/';
export const madeKind = {
  initial: {} as Made,
  evolve: (state: Made, fact: Fact): Made => {
    const { type, data } = fact as AnyFact;
    return type === 'referral.made' ? { referralId: data.referralId } : state;
  },
};
export const madeRef = (inviter: string, madeAt: string, redemptionId: string): Ref<Made> => ({
  pk: inviterPartition(inviter),
  sk: `${madePrefix}${madeAt}/${redemptionId}`,
  ...madeKind,
});
