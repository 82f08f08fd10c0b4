import { z } from 'zod';
import { referralRef } from './referral-made.ts';

/** A reward, and the referral that earns it: the inviter is who gets it. */
export const rewardRef = {
  /** Derived from the redemption: one purchase, one reward. */
  rewardId: z.string(),
  ...referralRef,
  points: z.number(),
};
