import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { rewardRef } from './reward.ts';

/** A referral earns its inviter a reward, which counts when it vests. */
export const rewardPending = defineEvent({
  type: 'reward.pending',
  version: 1,
  topic: 'referral',
  subject: (data) => `reward/${data.rewardId}`,
  key: (data) => data.inviter,
  schema: z.object({
    ...rewardRef,
    vestsAt: z.iso.datetime(),
  }),
});

export type RewardPending = FactOf<typeof rewardPending>;
