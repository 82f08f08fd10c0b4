import { rewardReversed, rewardVested } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import type { Referral } from './referral.ts';
import type { Refusal } from './refusals.ts';

const rewardOf = (referral: Referral) => {
  if (referral.status === 'none' || !referral.reward) return undefined;
  const { invitee: _, via: _via, linkId: _linkId, madeAt, ...about } = referral.made;
  const { rewardId, points, status, vestsAt } = referral.reward;
  return { reward: { rewardId, ...about, points }, status, vestsAt, madeAt };
};

/** A pending reward whose time has come. `at` in epoch ms. */
export const vest = (at: number, referral: Referral): Decision<object, never> => {
  const due = rewardOf(referral);
  if (due?.status !== 'pending' || at < Date.parse(due.vestsAt)) return again({});
  return accept([rewardVested.of({ ...due.reward, madeAt: due.madeAt, vestedAt: new Date(at).toISOString() })], {});
};

/** Ops take a reward back. The edge stays: who invited whom does not change. */
export interface Reverse {
  by: string;
  reason: string;
  at: number;
}

export interface ReverseReceipt {
  referralId: string;
  rewardId: string;
  status: 'reversed';
}

export const reverse = ({ by, reason, at }: Reverse, referral: Referral): Decision<ReverseReceipt, Refusal> => {
  const found = rewardOf(referral);
  if (!found) return refuse('referral_not_found');
  const { referralId, rewardId } = found.reward;
  const receipt: ReverseReceipt = { referralId, rewardId, status: 'reversed' };
  if (found.status === 'reversed') return again(receipt);
  return accept([rewardReversed.of({ ...found.reward, by, reason, reversedAt: new Date(at).toISOString() })], receipt);
};
