import { z } from 'zod';
import { referralRef } from './referral-made.ts';

/** A reward, and the referral that earns it: the inviter is who gets it. */
export const rewardRef = {
  /** Derived from the redemption: one purchase, one reward. */
  rewardId: z.string(),
  ...referralRef,
  points: z.number(),
};

/** The returns by which a reward had been reduced before, each told by a `reward.reduced`; absent when there were none. */
export const reductions = { reductions: z.array(z.string()).optional() };
