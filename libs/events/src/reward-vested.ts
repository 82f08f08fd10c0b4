import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { rewardRef } from './reward.ts';

/** The reward is the inviter's: it counts as a contribution of the day of the purchase. */
export const rewardVested = defineEvent({
  type: 'reward.vested',
  version: 1,
  topic: 'referral',
  subject: (data) => `reward/${data.rewardId}`,
  key: (data) => data.inviter,
  schema: z.object({
    ...rewardRef,
    /** When the friend bought. */
    madeAt: z.iso.datetime(),
    vestedAt: z.iso.datetime(),
  }),
});

export type RewardVested = FactOf<typeof rewardVested>;
