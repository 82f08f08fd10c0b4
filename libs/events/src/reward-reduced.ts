import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { reductions, rewardRef } from './reward.ts';

/** Lines of the purchase came back: as much of its vested reward is taken back. Told as the difference, by the return that made it. */
export const rewardReduced = defineEvent({
  type: 'reward.reduced',
  version: 1,
  topic: 'referral',
  subject: (data) => `reward/${data.rewardId}`,
  key: (data) => data.inviter,
  schema: z.object({
    ...rewardRef,
    ...reductions,
    returnId: z.string(),
    /** What it takes of the points, and what is left of them after it. */
    taken: z.number(),
    left: z.number(),
    /** When the friend bought. */
    madeAt: z.iso.datetime(),
    reducedAt: z.iso.datetime(),
  }),
});

export type RewardReduced = FactOf<typeof rewardReduced>;
