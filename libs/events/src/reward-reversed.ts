import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { reductions, rewardRef } from './reward.ts';

/** The reward is taken back before or after it vested: whole, or what returns had left of it. */
export const rewardReversed = defineEvent({
  type: 'reward.reversed',
  version: 1,
  topic: 'referral',
  subject: (data) => `reward/${data.rewardId}`,
  key: (data) => data.inviter,
  schema: z.object({
    ...rewardRef,
    ...reductions,
    reason: z.string(),
    by: z.string(),
    reversedAt: z.iso.datetime(),
  }),
});

export type RewardReversed = FactOf<typeof rewardReversed>;
