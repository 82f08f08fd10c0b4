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
  /** Returned lines that came while it was pending: what they leave of the points, by the newest of them. */
  noted?: { left: number; returnId: string };
  /** What returned lines left of the points since it vested, and by which returns that was told, oldest first. */
  reduced?: { left: number; returns: string[] };
}

/** Points that returns leave of a reward, whether that has been told yet or not. */
export const leftOf = ({ points, noted, reduced }: Reward): number => noted?.left ?? reduced?.left ?? points;

/**
 * The edge from inviter to invitee, written once, with its reward. `root` is who stood above the inviter, at the top, when
 * it was written: a way up that skips what lies between.
 */
export type Referral =
  | { status: 'none' }
  | { status: 'made'; made: ReferralMade['data']; root: string; reward?: Reward };

/** Facts of this service alone. */
export const rootNoted = (root: string): Fact => ({ type: 'root.noted', data: { root } });
export const returnNoted = (referralId: string, noted: NonNullable<Reward['noted']>): Fact => ({
  type: 'return.noted',
  data: { referralId, noted },
});

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
  if (type === 'reward.pending') {
    const { rewardId, points, vestsAt } = data;
    return { ...referral, reward: { rewardId, points, status: 'pending', vestsAt } };
  }
  if (!referral.reward) return referral;
  const reward = evolveReward(referral.reward, fact);
  return reward === referral.reward ? referral : { ...referral, reward };
};

const evolveReward = (reward: Reward, fact: Fact): Reward => {
  if (fact.type === 'return.noted') {
    const { noted } = fact.data as Required<Pick<Reward, 'noted'>>;
    return { ...reward, noted };
  }
  const { type, data } = fact as AnyFact;
  switch (type) {
    case 'reward.vested':
      return { ...reward, status: 'vested', vestedAt: data.vestedAt };
    case 'reward.reduced': {
      const { noted: _, ...before } = reward;
      return { ...before, reduced: { left: data.left, returns: [...(reward.reduced?.returns ?? []), data.returnId] } };
    }
    case 'reward.reversed':
      return { ...reward, status: 'reversed' };
    default:
      return reward;
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
